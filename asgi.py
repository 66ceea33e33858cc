"""What `scripts/serve --banks` serves: the whole application behind `payments.gateways.intake`."""

from __future__ import annotations

import gc
import logging

from core.settings import Settings
from payments.gateways.intake import Intake
from wsgi import create_app


def create_intake(settings: Settings | None = None) -> Intake:
    """Wired from settings (by default those of the environment). Raises `SettingsError`."""
    app = create_app(settings)
    # What the server says of itself goes where everything else goes, by the same rules.
    server = logging.getLogger("uvicorn")
    server.handlers.clear()
    server.propagate = True
    # What is here now stays: looking at all of it again and again is what collecting garbage would cost most.
    gc.collect()
    gc.freeze()
    return Intake(app)
