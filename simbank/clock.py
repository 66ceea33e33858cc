"""Time as the bank sees it. Everything asks a clock, so that a virtual one can stand in."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`."""
        self._now += step


def local(moment: datetime) -> datetime:
    """Return `moment` on a Vietnamese clock."""
    return moment.astimezone(ZONE)


def day_start(moment: datetime) -> datetime:
    """Return the first moment, in UTC, of the Vietnamese day that holds `moment`."""
    return day_bounds(local(moment).date())[0]


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return a Vietnamese day's first moment, and the next day's, in UTC."""
    start = datetime.combine(day, time(), ZONE).astimezone(UTC)
    return start, start + timedelta(days=1)


def iso(moment: datetime) -> str:
    """Return ISO 8601 with Vietnam's offset, to the millisecond."""
    return local(moment).isoformat(timespec="milliseconds")
