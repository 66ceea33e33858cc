"""What the vendor's pages show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from market.people.permissions import Scope
from market.people.principal import Grant
from payments.live.describe import describe, today_of
from payments.recording.models import StallDay
from payments.recording.queries import day_of, latest_payments
from vendors.stalls.models import Stall

#: Rows below the amount; older ones stand on the day's page.
LATEST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LiveView:
    """The live page as of one moment: `latest` newest first and `today`, as events describe them.

    Whoever goes on from `last_number` with the stream misses nothing.
    """

    latest: list[dict[str, Any]]
    today: dict[str, Any]

    @property
    def last_number(self) -> int:
        """The newest receipt number shown; 0 when there is none."""
        return int(self.latest[0]["receipt_number"]) if self.latest else 0

    @property
    def shown_large(self) -> dict[str, Any] | None:
        """The newest payment of today. Yesterday's last must not pass for one of this morning."""
        return next((one for one in self.latest if one["of_today"]), None)


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A stall's totals of a market day."""

    payments_count: int = 0
    payments_vnd: int = 0
    cash_count: int = 0
    cash_vnd: int = 0

    @property
    def total_vnd(self) -> int:
        """Both together."""
        return self.payments_vnd + self.cash_vnd


def stalls_of(session: Session, grants: Iterable[Grant]) -> list[Stall]:
    """The stalls that grants name one by one, by code: a vendor's own."""
    own = [grant.target_id for grant in grants if grant.scope is Scope.STALL]
    statement = select(Stall).where(Stall.id.in_(own)).options(joinedload(Stall.market)).order_by(Stall.code)
    return list(session.scalars(statement))


def live_view(session: Session, stall_id: int) -> LiveView:
    """The stall's newest payments and its day so far."""
    latest = describe(session, latest_payments(session, stall_id, LATEST_SHOWN))
    return LiveView(latest, today_of(session, stall_id))


def totals_of(session: Session, stall_id: int, day: date) -> DayTotals:
    """The stall's totals of a day, zeros when nothing happened."""
    row: StallDay | None = day_of(session, stall_id, day)
    if row is None:
        return DayTotals()
    return DayTotals(row.payments_count, row.payments_vnd, row.cash_count, row.cash_vnd)
