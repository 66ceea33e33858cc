"""Reading markets."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.markets.models import Market
from market.people.principal import Place


def find_market(session: Session, code: str) -> Market | None:
    """The market with this code, in any case."""
    return session.scalar(select(Market).where(Market.code == code.upper()))


def find_market_id(session: Session, code: str) -> int | None:
    """Its id, for grants."""
    market = find_market(session, code)
    return market.id if market else None


def place_of(market: Market, stall_id: int | None = None) -> Place:
    """Where the market stands, as far as grants go: both communes with everything above them."""
    area_ids: set[int] = set()
    for area in (market.commune, market.former_commune):
        node = area
        while node is not None:
            area_ids.add(node.id)
            node = node.parent
    return Place(market.id, frozenset(area_ids), stall_id)
