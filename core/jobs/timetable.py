"""When jobs come by the clock: at times of the market day, in Vietnam."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import clock
from core.floor import TimetableEntry
from core.jobs.limits import CATCH_UP


@dataclass(frozen=True, slots=True)
class Order:
    """A job that the timetable asks for, with the key that makes it one however many workers order it."""

    kind: str
    key: str
    payload: dict[str, str]


def candidates(entry: TimetableEntry, now: datetime) -> list[Order]:
    """What should have been ordered by now, of the last `CATCH_UP`, oldest first."""
    today = clock.market_day(now)
    days = [today - timedelta(days=back) for back in range(CATCH_UP.days, -1, -1)]
    moments = [datetime.combine(day, at, tzinfo=clock.ZONE) for day in days for at in sorted(entry.times)]
    return [_order(entry.kind, moment) for moment in moments if moment <= now]


def missing(entry: TimetableEntry, due: list[Order], ordered: Collection[str], *, begun: bool) -> list[Order]:
    """Those of an entry's candidates that are to be ordered now, when these keys were ordered before.

    An entry for each day makes up for every day since the last that was ordered; one that was never ordered before
    (`begun` is false) begins with the newest.
    """
    known = [number for number, order in enumerate(due) if order.key in ordered]
    first = (known[-1] + 1 if known else 0) if entry.each_day and begun else len(due) - 1
    return [order for order in due[first:] if order.key not in ordered]


def _order(kind: str, moment: datetime) -> Order:
    day = moment.date().isoformat()
    return Order(kind, f"{kind} {day} {moment:%H:%M}", {"day": day})
