"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask

import payments.cash.models  # noqa: F401 - its tables
import payments.recording.models  # noqa: F401
from market.settings import Settings
from market.web.api import Blueprint


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:  # noqa: ARG001
    """Set up this floor; gives the API's groups."""
    return []
