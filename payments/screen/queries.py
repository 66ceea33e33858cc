"""What the vendor's pages show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.permissions.principal import Grant
from core.permissions.roles import Scope
from payments.live.describe import describe, today_of
from payments.recording.models import PaymentRequest, RequestState, StallDay
from payments.recording.queries import PaymentState, PaymentView, day_of, latest_payments, payments_of_request
from payments.requests.queries import find
from vendors.stalls.models import Stall

#: Rows below the amount; older ones stand on the day's page.
LATEST_SHOWN = 20
#: Money that is not the stall's any more must not stand large as if it were.
GONE = frozenset({PaymentState.REVERSED, PaymentState.UNASSIGNED})


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
        return next((one for one in self.latest if one["of_today"] and one["state"] not in GONE), None)


@dataclass(frozen=True, slots=True)
class RequestView:
    """A payment request as of one moment, with what came for it."""

    request: PaymentRequest
    state: RequestState
    #: Until its end; 0 when that has passed.
    left_s: int
    payments: list[PaymentView]

    @property
    def in_time(self) -> list[PaymentView]:
        """What came before its end."""
        return [one for one in self.payments if not one.late]

    @property
    def missing_vnd(self) -> int:
        """What an underpaid request still lacks."""
        return max(0, self.request.amount_vnd - self.request.received_vnd)

    @property
    def excess_vnd(self) -> int:
        """What an overpaid request got too much and did not give back yet."""
        return max(0, sum(one.kept_vnd for one in self.in_time) - self.request.amount_vnd)

    @property
    def taken_away(self) -> bool:
        """Whether all that came in time is not the stall's any more, and not because the vendor gave it back."""
        return bool(self.in_time) and all(one.state in GONE for one in self.in_time)

    @property
    def gone_vnd(self) -> int:
        """What went back of it, or was taken back."""
        return sum(one.returned_vnd for one in self.payments)


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A stall's totals of a market day."""

    payments_count: int = 0
    payments_vnd: int = 0
    cash_count: int = 0
    cash_vnd: int = 0
    refunds_count: int = 0
    refunds_vnd: int = 0
    reversals_count: int = 0
    reversals_vnd: int = 0
    cash_refund_count: int = 0
    cash_refund_vnd: int = 0

    @property
    def total_vnd(self) -> int:
        """Both together, less what went back; below 0 when more went back than came in that day."""
        return self.payments_vnd + self.cash_vnd - self.refunds_vnd - self.reversals_vnd - self.cash_refund_vnd


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
    return DayTotals(**{part.name: getattr(row, part.name) for part in fields(DayTotals)})


def request_view(session: Session, request: PaymentRequest, moment: datetime) -> RequestView:
    """A request as it stands at a moment."""
    left_s = max(0, math.ceil((request.ends_at - moment).total_seconds()))
    payments = payments_of_request(session, request.public_id)
    return RequestView(request, request.state(moment), left_s, payments)


def due_back_vnd(session: Session, payment: PaymentView, moment: datetime) -> int:
    """What of a payment a vendor most likely owes back; 0 when nothing says so.

    All of what came after its code had ended, and what an overpaid code got too much.
    """
    if payment.late:
        return payment.left_vnd
    if payment.request is None:
        return 0
    return min(payment.left_vnd, request_view(session, find(session, payment.request), moment).excess_vnd)
