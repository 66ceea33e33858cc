"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core.floor import FactGroup, Floor
from core.permissions.roles import Scope
from core.web.api import Blueprint
from market import facts, labels
from market.areas import api as areas_api
from market.areas import cli as areas_cli
from market.areas.queries import find_area_id, name_areas
from market.markets import api as markets_api
from market.markets import cli as markets_cli
from market.markets.queries import find_market_id, name_markets

FLOOR = Floor(
    actions=labels.ACTIONS,
    facts=(FactGroup(_("Places"), facts.of_places),),
    finders={Scope.AREA: find_area_id, Scope.MARKET: find_market_id},
    namers={Scope.AREA: name_areas, Scope.MARKET: name_markets},
)


def init_app(app: Flask) -> list[Blueprint]:
    """Set up this floor; gives the API's groups."""
    for group in (areas_cli.cli, markets_cli.cli):
        app.cli.add_command(group)
    return [areas_api.bp, markets_api.bp]
