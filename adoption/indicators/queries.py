"""Counting in SQL. Each figure's meaning stands in docs/indicators.md, in words and in these terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from adoption.indicators.limits import MIN_STALLS_FOR_MONEY
from adoption.indicators.periods import Period, month_end, month_start
from adoption.indicators.protection import DayTakings
from core.database import database
from payments.recording.models import Payment, StallDay
from vendors.codes.models import PaymentCode
from vendors.stalls.models import Stall, StallOperation

#: How many markets' thin days are asked for in one statement; five years of them stay below SQLite's 32,766 values.
MARKETS_AT_ONCE = 16


class Counts(NamedTuple):
    """Stalls in operation, those of them with a code, those that took a payment, those that noted a cash sale."""

    stalls: int = 0
    with_qr: int = 0
    active: int = 0
    noting_cash: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both pooled."""
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class WeekCounts(NamedTuple):
    """A week's stalls in operation at its end, those of them with a code, and those paid within it."""

    week: Period
    stalls: int
    with_qr: int
    active: int

    @property
    def with_qr_of(self) -> tuple[int, int]:
        """The rate of stalls with a code, as numerator and denominator."""
        return self.with_qr, self.stalls

    @property
    def active_of(self) -> tuple[int, int]:
        """The rate of stalls paid, as numerator and denominator."""
        return self.active, self.stalls


@dataclass(frozen=True, slots=True)
class Takings:
    """What was taken on each market day of the months that a period touches, cashless and in cash."""

    payments: list[DayTakings]
    cash: list[DayTakings]


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session whose statements all see the same moment, so that the figures of one answer agree."""
    with database().reading() as session:
        if not database().is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def count_stalls(session: Session, market_ids: Collection[int], period: Period) -> dict[int, Counts]:
    """The counts of each market that has any stall in operation on the day the period is counted on."""
    day = period.counted_on
    statement = (
        select(
            Stall.market_id,
            func.count(),
            func.sum(_one_if(_has_code(day))),
            func.sum(_one_if(_took(StallDay.payments_count, period.first, period.last))),
            func.sum(_one_if(_took(StallDay.cash_count, period.first, period.last))),
        )
        .where(Stall.market_id.in_(market_ids), _in_operation(day))
        .group_by(Stall.market_id)
    )
    return {row[0]: Counts(*map(int, row[1:])) for row in session.execute(statement)}


def count_weeks(session: Session, market_ids: Collection[int], weeks: Sequence[Period]) -> list[WeekCounts]:
    """The counts of all these markets together, week by week."""
    if not weeks:
        return []
    dates = union_all(
        *(select(literal(week.first).label("first"), literal(week.last).label("last")) for week in weeks)
    ).cte("weeks")
    first, last = dates.c.first, dates.c.last
    active = _took(StallDay.payments_count, first, last)
    statement = (
        select(
            last,
            func.count(),
            func.sum(_one_if(_has_code(last))),
            func.sum(_one_if(active)),
        )
        .select_from(dates)
        .join(Stall, and_(Stall.market_id.in_(market_ids), _in_operation(last)))
        .group_by(last)
    )
    found = {str(row[0]): tuple(map(int, row[1:])) for row in session.execute(statement)}
    return [WeekCounts(week, *found.get(week.last.isoformat(), (0, 0, 0))) for week in weeks]


def load_takings(session: Session, market_ids: Collection[int], period: Period) -> Takings:
    """What the markets' stalls took, day by day, in all months that the period touches."""
    statement = (
        select(
            StallDay.market_id,
            StallDay.market_day,
            func.sum(_one_if(StallDay.payments_count > 0)),
            func.sum(StallDay.payments_count),
            func.sum(StallDay.payments_vnd),
            func.sum(_one_if(StallDay.cash_count > 0)),
            func.sum(StallDay.cash_count),
            func.sum(StallDay.cash_vnd),
        )
        .where(
            StallDay.market_id.in_(market_ids),
            StallDay.market_day.between(month_start(period.first), month_end(period.last)),
        )
        .group_by(StallDay.market_id, StallDay.market_day)
    )
    paid, cash = [], []
    for market_id, day, *sums in session.execute(statement):
        paid_stalls, payments, paid_vnd, cash_stalls, sales, cash_vnd = map(int, sums)
        paid.append(DayTakings(market_id, day, paid_stalls, payments, paid_vnd))
        cash.append(DayTakings(market_id, day, cash_stalls, sales, cash_vnd))
    return Takings(
        _with_stalls(session, paid, StallDay.payments_count), _with_stalls(session, cash, StallDay.cash_count)
    )


def latest_recording(session: Session) -> datetime | None:
    """When the newest payment of all was recorded: nothing recorded later can be in any figure."""
    return session.scalar(select(Payment.recorded_at).order_by(Payment.id.desc()).limit(1))


def _with_stalls(session: Session, takings: list[DayTakings], number: Any) -> list[DayTakings]:
    """The same, with the ids of the stalls on the days when too few of them took money."""
    days: dict[int, list[date]] = defaultdict(list)
    for one in takings:
        if 0 < one.stalls < MIN_STALLS_FOR_MONEY:
            days[one.market_id].append(one.day)
    stall_ids: dict[tuple[int, date], set[int]] = defaultdict(set)
    markets = list(days)
    for start in range(0, len(markets), MARKETS_AT_ONCE):
        # One term for each market, so that each is looked up in the index by market and day.
        some = markets[start : start + MARKETS_AT_ONCE]
        of_markets = (and_(StallDay.market_id == one, StallDay.market_day.in_(days[one])) for one in some)
        statement = select(StallDay.market_id, StallDay.market_day, StallDay.stall_id).where(
            number > 0, or_(*of_markets)
        )
        for market_id, day, stall_id in session.execute(statement):
            stall_ids[market_id, day].add(stall_id)
    return [
        one._replace(stall_ids=frozenset(stall_ids[one.market_id, one.day])) if one.market_id in days else one
        for one in takings
    ]


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _in_operation(day: Any) -> ColumnElement[bool]:
    """On `day` (a date or a column of dates), the stall was in operation."""
    return exists().where(
        StallOperation.stall_id == Stall.id,
        StallOperation.from_day <= day,
        or_(StallOperation.until_day.is_(None), StallOperation.until_day > day),
    )


def _has_code(day: Any) -> ColumnElement[bool]:
    """On `day`, the stall had a live code."""
    return exists().where(
        PaymentCode.stall_id == Stall.id,
        PaymentCode.from_day <= day,
        or_(PaymentCode.until_day.is_(None), PaymentCode.until_day > day),
    )


def _took(count: Any, first: Any, last: Any) -> ColumnElement[bool]:
    """From the first to the last day, the stall took anything that `count` counts."""
    return exists().where(StallDay.stall_id == Stall.id, StallDay.market_day.between(first, last), count > 0)
