"""What `scripts/serve --banks` serves: the whole application behind `payments.gateways.intake`."""

from __future__ import annotations

from market.settings import Settings
from payments.gateways.intake import Intake
from wsgi import create_app


def create_intake(settings: Settings | None = None) -> Intake:
    """Wired from settings (by default those of the environment). Raises `SettingsError`."""
    return Intake(create_app(settings))
