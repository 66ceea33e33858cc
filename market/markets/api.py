"""REST calls about markets."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from core import search
from core.database import read_session
from core.errors import InvalidInput, NotFound
from core.permissions.roles import Permission
from core.web.api import Blueprint, list_schema
from core.web.guards import current_principal, requires, signed_in
from market.areas.models import Area
from market.areas.queries import find_area
from market.markets import market_code
from market.markets.models import Market
from market.markets.queries import GroupBy, area_of, in_areas, list_markets, search_markets
from market.markets.schemas import MarketQuery, MarketSchema, NewMarketSchema
from market.markets.services import NewMarket, create_market

bp = Blueprint("markets", __name__, description="The registry of markets.")


@bp.route("/markets")
@signed_in
@bp.arguments(MarketQuery, location="query")
@bp.response(200, list_schema(MarketSchema))
def show_markets(query: dict[str, Any]) -> dict[str, Any]:
    """List markets.

    For any holder of a token. `area` may be of either tree: a district of old, or a commune of today.
    """
    session = read_session()
    limit, after, conditions = query["limit"], query["after"], _conditions(session, query["area"], query["on"])
    if query["q"] is not None:
        found = search.page(search_markets(session, query["q"], *conditions), lambda one: one.code, after, limit + 1)
    else:
        later = [Market.code > after] if after is not None else []
        found = list_markets(session, *conditions, *later, limit=limit + 1)
    shown = found[:limit]
    return {"items": [_describe(one) for one in shown], "next": shown[-1].code if len(found) > limit else None}


@bp.route("/markets", methods=["POST"])
@requires(Permission.MARKET_CREATE)
@bp.arguments(NewMarketSchema)
@bp.response(201, MarketSchema)
def add_market(new: dict[str, Any]) -> dict[str, Any]:
    """Set up a market.

    Needs `market.create` for the commune. 409 `market_code_taken` when another market has the code.
    """
    return _found(create_market(current_principal(), NewMarket(**new)).code)


@bp.route("/markets/<code>")
@signed_in
@bp.response(200, MarketSchema)
def show_market(code: str) -> dict[str, Any]:
    """Show one market. For any holder of a token."""
    return _found(code)


def _found(code: str) -> dict[str, Any]:
    for market in list_markets(read_session(), Market.code == market_code.compact(code)):
        return _describe(market)
    raise NotFound


def _conditions(session: Session, code: str | None, on: date | None) -> list[ColumnElement[bool]]:
    if code is None:
        return []
    area = find_area(session, code, on)
    if area is None:
        raise InvalidInput({"area": [_("There is no area %(code)s.", code=code)]})
    return [in_areas([area.id])]


def _describe(market: Market) -> dict[str, Any]:
    return {
        "code": market.code,
        "name": market.name,
        "province": _describe_area(area_of(market, GroupBy.PROVINCE)),
        "commune": _describe_area(market.commune),
        "district": _describe_area(area_of(market, GroupBy.DISTRICT)),
        "former_commune": _describe_area(market.former_commune),
        "stalls_reported": market.stalls_reported,
        "evidence": market.evidence,
        "sources": (market.sources or "").splitlines(),
    }


def _describe_area(area: Area | None) -> dict[str, str] | None:
    return {"code": area.code, "name": area.name, "full_name": area.title().full_name} if area else None
