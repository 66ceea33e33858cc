"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from adoption.indicators import api as indicators_api
from adoption.indicators import pages as indicators_pages
from core.floor import Floor, NavigationEntry
from core.permissions.roles import Permission
from core.web.api import Blueprint

FLOOR = Floor(navigation=(NavigationEntry(_("Adoption"), "adoption.index", Permission.ADOPTION_READ),))


def init_app(app: Flask) -> list[Blueprint]:
    """Set up this floor; gives the API's groups."""
    app.register_blueprint(indicators_pages.bp)
    return [indicators_api.bp]
