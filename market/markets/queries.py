"""Reading markets, and the conditions by which all floors above narrow their rows to an area or to grants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session, selectinload

from market import search
from market.areas.models import Area
from market.areas.queries import subtree_ids
from market.markets.models import Market
from market.people.permissions import Scope
from market.people.principal import Grant, Place


class GroupBy(StrEnum):
    """What figures about markets are drawn up by."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class MarketGroup:
    """A row of a report: an area, or one market (then `area_id` is None). `full_name` is the title as of the day."""

    by: GroupBy
    code: str
    name: str
    full_name: str
    area_id: int | None = None


def find_market(session: Session, code: str) -> Market | None:
    """The market with this code, in any case."""
    return session.scalar(select(Market).where(Market.code == code.upper()))


def find_market_id(session: Session, code: str) -> int | None:
    """Its id, for grants."""
    market = find_market(session, code)
    return market.id if market else None


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
    """The condition on `Market` that one of the grants covers the whole of it; a grant for a stall covers none."""
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


def markets_in(session: Session, area: Area) -> list[Market]:
    """The markets of an area of either tree, by code."""
    return list_markets(session, in_areas([area.id]))


def search_markets(session: Session, text: str, *conditions: ColumnElement[bool]) -> list[Market]:
    """The markets whose names or codes have words that begin with every word of the text, accents or not; best first.

    A text with accents puts first the names that carry the same ones.
    """
    found = list_markets(session, search.matches(Market.search_key, text), *conditions)
    return search.rank(text, found, lambda market: market.name)


def list_markets(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Market]:
    """The markets that meet every condition, by code, with their areas and titles at hand; at most `limit`."""
    return list(session.scalars(_with_places().where(*conditions).order_by(Market.code).limit(limit)))


def market_groups(
    session: Session,
    by: GroupBy,
    where: ColumnElement[bool] | None = None,
    on: date | None = None,
) -> dict[int, MarketGroup | None]:
    """For every market (that meets the condition) the group that its figures belong to: market id → group.

    Provinces and communes are those of the day (by default today), so a day before 2025-07-01 gives the old ones.
    Districts ended then, and are always those of old. None stands for a market that has no such area: one set up
    since the merger without saying where it stands in the old tree has no district.
    """
    return {market.id: group_of(market, by, on) for market in list_markets(session, true() if where is None else where)}


def group_of(market: Market, by: GroupBy, on: date | None = None) -> MarketGroup | None:
    """The group of one market; see `market_groups`."""
    if by is GroupBy.MARKET:
        return MarketGroup(by, market.code, market.name, market.name)
    area = area_of(market, by, on)
    return MarketGroup(by, area.code, area.name, area.title(on).full_name, area.id) if area else None


def area_of(market: Market, by: GroupBy, on: date | None = None) -> Area | None:
    """The province, district or commune that a market stands in, or stood in on a day; None when it has none."""
    before = on is not None and market.commune is not None and on < market.commune.valid_from
    node = market.former_commune if by is GroupBy.DISTRICT or before else market.commune or market.former_commune
    while node is not None and node.level != by:
        node = node.parent
    return node


def _with_places() -> Select[Market]:
    """Both communes and all above them, with their titles, in one query for each step."""
    commune, former = selectinload(Market.commune), selectinload(Market.former_commune)
    district = former.selectinload(Area.parent)
    steps = (commune, commune.selectinload(Area.parent), former, district, district.selectinload(Area.parent))
    return select(Market).options(*(step.selectinload(Area.titles) for step in steps))
