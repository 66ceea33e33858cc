"""The stretches of market days during which a stall is in operation; adoption counts stalls by them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from vendors.stalls.models import Stall, StallOperation


def open_operation(session: Session, stall: Stall) -> None:
    """Count the stall from today on."""
    session.add(StallOperation(stall_id=stall.id, market_id=stall.market_id, from_day=clock.today()))


def end_operation(session: Session, stall: Stall) -> None:
    """Count the stall up to yesterday; opened and ended on one day, it was never in operation for a day."""
    statement = select(StallOperation).where(StallOperation.stall_id == stall.id, StallOperation.until_day.is_(None))
    row = session.scalar(statement)
    if row is not None:
        row.until_day = max(clock.today(), row.from_day)
