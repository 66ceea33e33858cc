"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core.audit.labels import name_actions
from core.permissions.roles import Scope
from core.permissions.targets import register_finder, register_leveller, register_namer
from core.settings import Settings
from core.system import facts as system_facts
from core.web.api import Blueprint
from market import facts, labels
from market.areas import api as areas_api
from market.areas import cli as areas_cli
from market.areas.queries import find_area_id, level_of_area, name_areas
from market.markets import api as markets_api
from market.markets import cli as markets_cli
from market.markets.queries import find_market_id, name_markets


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:  # noqa: ARG001
    """Set up this floor; gives the API's groups."""
    register_finder(app, Scope.AREA, find_area_id)
    register_finder(app, Scope.MARKET, find_market_id)
    register_namer(app, Scope.AREA, name_areas)
    register_namer(app, Scope.MARKET, name_markets)
    register_leveller(app, level_of_area)
    name_actions(app, labels.ACTIONS)
    system_facts.add(app, _("Places"), facts.of_places)
    for group in (areas_cli.cli, markets_cli.cli):
        app.cli.add_command(group)
    return [areas_api.bp, markets_api.bp]
