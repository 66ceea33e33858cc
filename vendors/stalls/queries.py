"""Reading stalls."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.permissions.principal import Grant, Place
from core.permissions.roles import Scope
from market.markets.models import Market
from market.markets.queries import place_of, within_grants
from vendors.stalls.models import Stall


def stall_by_code(session: Session, code: str) -> Stall:
    """The stall with this code, in any case. Raises `NotFound`."""
    stall = session.scalar(select(Stall).where(Stall.code == code.upper()))
    if stall is None:
        raise NotFound
    return stall


def stall_by_id(session: Session, stall_id: int) -> Stall:
    """The stall with this id. Raises `NotFound`."""
    stall = session.get(Stall, stall_id)
    if stall is None:
        raise NotFound
    return stall


def name_stalls(session: Session, stall_ids: Collection[int]) -> dict[int, str]:
    """What stalls are called, by their codes, for grants."""
    rows = session.execute(select(Stall.id, Stall.code).where(Stall.id.in_(stall_ids)))
    return {row.id: row.code for row in rows}


def find_stall_id(session: Session, code: str) -> int | None:
    """Its id, for grants."""
    return session.scalar(select(Stall.id).where(Stall.code == code.upper()))


def place_of_stall(stall: Stall) -> Place:
    """Where the stall stands, as far as grants go."""
    return place_of(stall.market, stall.id)


def stalls_within(grants: Iterable[Grant]) -> ColumnElement[bool]:
    """The condition on `Stall` that one of the grants covers it."""
    grants = list(grants)
    stall_ids = [grant.target_id for grant in grants if grant.scope is Scope.STALL]
    in_markets = Stall.market_id.in_(select(Market.id).where(within_grants(grants)))
    return or_(in_markets, Stall.id.in_(stall_ids)) if stall_ids else in_markets
