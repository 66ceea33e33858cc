"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from adoption.indicators import api as indicators_api
from adoption.indicators import pages as indicators_pages
from core.permissions.roles import Permission
from core.settings import Settings
from core.web import navigation
from core.web.api import Blueprint


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:  # noqa: ARG001
    """Set up this floor; gives the API's groups."""
    app.register_blueprint(indicators_pages.bp)
    navigation.add(app, _("Adoption"), "adoption.index", Permission.ADOPTION_READ)
    return [indicators_api.bp]
