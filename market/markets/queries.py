"""Reading markets, and the conditions by which all floors above narrow their rows to an area or to grants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session, selectinload

from core import search
from core.permissions.principal import Grant, Place
from core.permissions.roles import Scope
from market.areas.models import Area
from market.areas.queries import subtree_ids
from market.markets import market_code
from market.markets.models import Market


class GroupBy(StrEnum):
    """What figures about markets are drawn up by."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    MARKET = "market"


def find_market(session: Session, code: str) -> Market | None:
    """The market with this code, in any case."""
    return session.scalar(select(Market).where(Market.code == market_code.compact(code)))


def find_market_id(session: Session, code: str) -> int | None:
    """Its id, for grants."""
    market = find_market(session, code)
    return market.id if market else None


def name_markets(session: Session, market_ids: Collection[int]) -> dict[int, str]:
    """What markets are called, with their codes, for grants: "Chợ Đồng Xoài (DX01)"."""
    markets = session.scalars(select(Market).where(Market.id.in_(market_ids)))
    return {market.id: f"{market.name} ({market.code})" for market in markets}


def place_of(market: Market, stall_id: int | None = None) -> Place:
    """Where the market stands, as far as grants go: both communes with everything above them."""
    return Place(market.id, areas_around(market.commune, market.former_commune), stall_id)


def areas_around(*communes: Area | None) -> frozenset[int]:
    """The ids of the communes and of everything above them."""
    area_ids: set[int] = set()
    for commune in communes:
        node = commune
        while node is not None:
            area_ids.add(node.id)
            node = node.parent
    return frozenset(area_ids)


def in_areas(area_ids: Collection[int]) -> ColumnElement[bool]:
    """The condition on `Market` that it stands in one of the areas, whichever tree each belongs to.

    An area of the old tree holds the markets by their commune of before the merger, one of today's by their commune
    of now. For rows that only carry a market's id: `Row.market_id.in_(select(Market.id).where(in_areas(…)))`.
    """
    if not area_ids:
        return false()
    ids = subtree_ids(area_ids)
    return or_(Market.commune_id.in_(ids), Market.former_commune_id.in_(ids))


def within_grants(grants: Iterable[Grant]) -> ColumnElement[bool]:
    """The condition on `Market` that one of the grants covers the whole of it: `Grant.covers`, in SQL.

    A grant for a stall covers none.
    """
    targets: dict[Scope, set[int]] = {scope: set() for scope in Scope}
    for grant in grants:
        if grant.scope is Scope.EVERYWHERE:
            return true()
        if grant.target_id is not None:
            targets[grant.scope].add(grant.target_id)
    parts: list[ColumnElement[bool]] = []
    if targets[Scope.MARKET]:
        parts.append(Market.id.in_(targets[Scope.MARKET]))
    if targets[Scope.AREA]:
        parts.append(in_areas(targets[Scope.AREA]))
    return or_(false(), *parts)


def search_markets(session: Session, text: str, *conditions: ColumnElement[bool]) -> list[Market]:
    """The markets whose names or codes have words that begin with every word of the text, accents or not; best first.

    A text with accents puts first the names that carry the same ones.
    """
    found = list_markets(session, search.matches(Market.search_key, text), *conditions)
    return search.rank(text, found, lambda market: market.name)


def list_markets(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Market]:
    """The markets that meet every condition, by code, with their areas and titles at hand; at most `limit`."""
    return list(session.scalars(_with_places().where(*conditions).order_by(Market.code).limit(limit)))


def area_of(market: Market, by: GroupBy) -> Area | None:
    """The province or commune of today, or the district of before the merger, that a market stands in; None without.

    A market set up since the merger without saying where it stands in the old tree has no district.
    """
    node = market.former_commune if by is GroupBy.DISTRICT else market.commune or market.former_commune
    while node is not None and node.level != by:
        node = node.parent
    return node


def _with_places() -> Select[Market]:
    """Both communes and all above them, with their titles, in one query for each step."""
    commune, former = selectinload(Market.commune), selectinload(Market.former_commune)
    district = former.selectinload(Area.parent)
    steps = (commune, commune.selectinload(Area.parent), former, district, district.selectinload(Area.parent))
    return select(Market).options(*(step.selectinload(Area.titles) for step in steps))
