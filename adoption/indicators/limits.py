"""The limits of this package, in one place."""

from __future__ import annotations

from typing import Final

#: No figure about money is given that is about fewer stalls than this.
MIN_STALLS_FOR_MONEY: Final = 5

#: The longest period that may be asked for, in days: five years with their leap days.
SPAN_DAYS_MAX: Final = 1827

#: How far back the trend reaches at least, and at most, in whole weeks.
TREND_WEEKS_MIN: Final = 13
TREND_WEEKS_MAX: Final = 53
