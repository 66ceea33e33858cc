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
from vendors.codes import api as codes_api
from vendors.codes import cli as codes_cli
from vendors.codes import pages as codes_pages
from vendors.codes.bank import NoBank, register_bank
from vendors.stalls import api as stalls_api
from vendors.stalls import pages as stalls_pages
from vendors.stalls.pages import words
from vendors.stalls.queries import find_stall_id, name_stalls


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:  # noqa: ARG001
    """Set up this floor; gives the API's groups."""
    register_finder(app, Scope.STALL, find_stall_id)
    register_namer(app, Scope.STALL, name_stalls)
    name_actions(app, words.ACTIONS)
    # Until the floor above wires a gateway.
    register_bank(app, NoBank())
    navigation.add(app, _("Stalls"), "stalls.index", Permission.STALL_LIST)
    navigation.add(app, _("To approve"), "stalls.waiting", Permission.STALL_APPROVE)
    for blueprint in (stalls_pages.bp, codes_pages.bp):
        app.register_blueprint(blueprint)
    app.cli.add_command(codes_cli.cli)
    return [stalls_api.bp, codes_api.bp]
