"""Time: stored in UTC, read in Vietnam; a market day is a day in Asia/Ho_Chi_Minh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_pretended: ContextVar[datetime | None] = ContextVar("pretended_now", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _pretended.get() or datetime.now(UTC)


@contextmanager
def pretending(moment: datetime) -> Iterator[None]:
    """Let it be `moment` for what this block calls on this thread: histories made up for a demonstration need it."""
    token = _pretended.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _pretended.reset(token)


def market_day(moment: datetime) -> date:
    """The market day that an aware moment falls in.

    >>> market_day(datetime(2026, 11, 22, 17, 0, tzinfo=UTC))
    datetime.date(2026, 11, 23)
    """
    return moment.astimezone(ZONE).date()


def today() -> date:
    """The market day it is now."""
    return market_day(now())


def day_start(day: date) -> datetime:
    """The first moment of a market day, in UTC.

    >>> day_start(date(2026, 11, 23))
    datetime.datetime(2026, 11, 22, 17, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time.min, tzinfo=ZONE).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The first moment after a market day, in UTC."""
    return day_start(day + timedelta(days=1))
