"""Periods in market days, and the periods that they are compared with. No I/O here."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last market day, both within it, as seen on `today`."""

    first: date
    last: date
    today: date

    @property
    def counted_on(self) -> date:
        """The day on which stalls and codes are counted: the last one, or today while the period is not over."""
        return min(self.last, self.today)

    @property
    def running(self) -> bool:
        """Whether the last day is still to come or not over yet."""
        return self.last >= self.today

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.last - self.first).days + 1

    @property
    def is_month(self) -> bool:
        """Whether it is exactly one calendar month."""
        return self.first.day == 1 and self.last == month_end(self.first)

    def previous(self) -> Period:
        """The period of the same kind just before, for comparing like with like.

        Calendar months go with as many months before; months that still run go with the same days of those before,
        and anything else with as many days right before it.
        """
        last = self.counted_on
        if self.first.day != 1 or last < self.first or not (self.running or last == month_end(last)):
            return Period(self.first - self.days * DAY, self.first - DAY, self.today)
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        return Period(add_months(self.first, -months), _months_before(last, months), self.today)


def this_month(today: date) -> Period:
    """From the first of the month up to today."""
    return Period(today.replace(day=1), today, today)


def last_month(today: date) -> Period:
    """The whole month before this one."""
    last = today.replace(day=1) - DAY
    return Period(last.replace(day=1), last, today)


def this_quarter(today: date) -> Period:
    """From the first day of the quarter up to today."""
    return Period(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), today, today)


def last_days(today: date, days: int) -> Period:
    """As many days, today among them."""
    return Period(today - (days - 1) * DAY, today, today)


def whole_weeks(period: Period, at_least: int, at_most: int) -> list[Period]:
    """The weeks, Monday to Sunday, that were over by the end of the period: those it spans, within the bounds."""
    end = period.counted_on if period.counted_on < period.today else period.today - DAY
    sunday = end - timedelta(days=(end.weekday() + 1) % 7)
    spanned = (sunday - period.first).days // 7 + 1 if sunday >= period.first else 0
    count = max(at_least, min(at_most, spanned))
    ends = [sunday - back * WEEK for back in reversed(range(count))]
    return [Period(day - 6 * DAY, day, period.today) for day in ends]


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month of `day`.

    >>> month_end(date(2028, 2, 3))
    datetime.date(2028, 2, 29)
    """
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day.

    >>> add_months(date(2026, 3, 31), -1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _months_before(last: date, months: int) -> date:
    before = add_months(last, -months)
    return month_end(before) if last == month_end(last) else before
