"""Wires this package into the application: only where demo data has a place."""

from __future__ import annotations

from flask import Flask, url_for

from core.container import CoreContainer
from core.web.api import Blueprint
from demo import cast, cli


def init_app(app: Flask) -> list[Blueprint]:
    """Offer the command; in demo mode tell pages who can sign in, and where the simulated bank is."""
    app.cli.add_command(cli.cli)
    if CoreContainer.of(app).settings.demo:
        app.context_processor(lambda: {"demo_users": cast.EVERYBODY, "simbank_url": url_for("core.home") + "simbank/"})
    return []
