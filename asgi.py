"""What `scripts/serve --banks` serves: the whole application behind `payments.notifications.asgi`."""

from __future__ import annotations

import gc
import logging

from core.settings import Settings
from payments.notifications.asgi import NotificationsAsgi
from wsgi import create_app


def create_notifications_app(settings: Settings | None = None) -> NotificationsAsgi:
    """Wired from settings (by default those of the environment). Raises `SettingsError`."""
    app = create_app(settings)
    # What the server says of itself goes where everything else goes, by the same rules.
    server = logging.getLogger("uvicorn")
    server.handlers.clear()
    server.propagate = True
    # What is here now stays: looking at all of it again and again is what collecting garbage would cost most.
    gc.collect()
    gc.freeze()
    return NotificationsAsgi(app)
