"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core.audit.labels import name_actions
from core.permissions.roles import Permission, Scope
from core.permissions.targets import register_finder, register_namer
from core.settings import Settings
from core.web import navigation
from core.web.api import Blueprint
from vendors.checks import api as checks_api
from vendors.checks import pages as checks_pages
from vendors.codes.issuer import NoIssuer, register_issuer
from vendors.printing import api as cards_api
from vendors.printing import cli as cards_cli
from vendors.printing import pages as cards_pages
from vendors.registration import api as registration_api
from vendors.registration import labels
from vendors.registration import pages as registration_pages
from vendors.stalls.queries import find_stall_id, name_stalls


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:  # noqa: ARG001
    """Set up this floor; gives the API's groups."""
    register_finder(app, Scope.STALL, find_stall_id)
    register_namer(app, Scope.STALL, name_stalls)
    name_actions(app, labels.ACTIONS)
    # Until the floor above wires a gateway.
    register_issuer(app, NoIssuer())
    navigation.add(app, _("Stalls"), "stalls.index", Permission.STALL_LIST)
    navigation.add(app, _("To approve"), "stalls.waiting", Permission.STALL_APPROVE)
    for blueprint in (registration_pages.bp, cards_pages.bp, checks_pages.bp):
        app.register_blueprint(blueprint)
    app.cli.add_command(cards_cli.cli)
    return [registration_api.bp, cards_api.bp, checks_api.bp]
