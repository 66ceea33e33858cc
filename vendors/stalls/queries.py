"""Reading stalls."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.markets.queries import place_of
from market.people.principal import Place
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


def place_of_stall(stall: Stall) -> Place:
    """Where the stall stands, as far as grants go."""
    return place_of(stall.market, stall.id)
