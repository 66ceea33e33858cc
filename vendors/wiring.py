"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core.floor import Floor, NavigationEntry
from core.permissions.roles import Permission, Scope
from core.web.api import Blueprint
from vendors.checks import api as checks_api
from vendors.checks import pages as checks_pages
from vendors.printing import api as cards_api
from vendors.printing import cli as cards_cli
from vendors.printing import pages as cards_pages
from vendors.registration import api as registration_api
from vendors.registration import labels
from vendors.registration import pages as registration_pages
from vendors.stalls.queries import find_stall_id, name_stalls

FLOOR = Floor(
    actions=labels.ACTIONS,
    navigation=(
        NavigationEntry(_("Stalls"), "stalls.index", Permission.STALL_LIST),
        NavigationEntry(_("To approve"), "stalls.waiting", Permission.STALL_APPROVE),
    ),
    finders={Scope.STALL: find_stall_id},
    namers={Scope.STALL: name_stalls},
)


def init_app(app: Flask) -> list[Blueprint]:
    """Set up this floor; gives the API's groups."""
    for blueprint in (registration_pages.bp, cards_pages.bp, checks_pages.bp):
        app.register_blueprint(blueprint)
    app.cli.add_command(cards_cli.cli)
    return [registration_api.bp, cards_api.bp, checks_api.bp]
