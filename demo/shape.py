"""How the demo's markets behave: when stalls join, how many take part, when shoppers come and what they pay.

Nothing here is measured; it is made to be believed: mornings, Sundays, growth, markets that lag, some that stand empty.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core import clock
from demo.people import GOODS_LINES

#: Shoppers by hour of the day: dawn and morning, a lull, a small evening.
HOURS = {5: 6, 6: 14, 7: 17, 8: 15, 9: 11, 10: 8, 11: 5, 12: 2, 13: 2, 14: 3, 15: 5, 16: 7, 17: 4, 18: 1}
#: Monday to Sunday.
WEEK = (0.9, 0.92, 0.95, 0.97, 1.02, 1.15, 1.35)
#: BINs of the banks that shoppers come from, and how often.
PAYER_BANKS = {
    "970436": 18,
    "970405": 17,
    "970418": 14,
    "970415": 13,
    "970422": 15,
    "970407": 9,
    "970423": 7,
    "970432": 7,
}
#: The letters of a market's rows; I, which is taken for a figure, is left out.
ROWS = "ABCDEFGHJK"
STALLS_IN_A_ROW = 60
SMALLEST_VND = 5_000
ROUND_TO_VND = 1_000


@dataclass(frozen=True, slots=True)
class Profile:
    """A market's character: its share of the stalls, how many of them have a code, how many of those take part."""

    weight: float
    code_share: float
    active_share: float
    #: By what factor a day's payments grow over the whole time.
    growth: float
    #: How long it takes, at the most, from having a code to the first payment by it, as a share of the whole time.
    hesitation: float = 0.0


def profile(rng: random.Random, rank: int, count: int) -> Profile:
    """The character of the `rank`-th of `count` markets, the first ones being the largest.

    About one in ten stands empty, and about one in five lags.
    """
    if rank > 0 and rank % 10 == 9:  # noqa: PLR2004
        return Profile(0, 0, 0, 1)
    lags = rank % 5 == 3  # noqa: PLR2004
    size = 1 + 3 * math.exp(-3 * rank / max(count, 1))
    if lags:
        return Profile(size, rng.uniform(0.25, 0.45), rng.uniform(0.2, 0.45), rng.uniform(1.0, 1.3), 0.9)
    return Profile(size, rng.uniform(0.7, 0.97), rng.uniform(0.55, 0.9), rng.uniform(1.4, 2.6), 0.7)


def shares(count: int, profiles: Sequence[Profile]) -> list[int]:
    """`count` stalls shared out by the markets' weights, to the last one: the largest remainders get what is left."""
    total = sum(profile.weight for profile in profiles) or 1
    exact = [count * profile.weight / total for profile in profiles]
    whole = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: (whole[n] - exact[n], n))
    for n in by_remainder[: count - sum(whole)]:
        whole[n] += 1
    return whole


def stall_number(n: int) -> str:
    """What is painted on a market's `n`-th stall, from 1: a row's letters and a place in it, another for every `n`.

    >>> stall_number(1), stall_number(600), stall_number(601), stall_number(9_999)
    ('A001', 'K060', 'AA001', 'AFG039')
    """
    row, place = divmod(n - 1, STALLS_IN_A_ROW)
    letters = ""
    while row >= 0:
        row, letter = divmod(row, len(ROWS))
        letters, row = ROWS[letter] + letters, row - 1
    return f"{letters}{place + 1:03d}"


@dataclass(frozen=True, slots=True)
class Taker:
    """A stall as the shape sees it: how much it is visited, what it sells, since when it is paid by its code."""

    key: int
    goods_line: str
    appeal: float
    growth: float
    since: datetime


@dataclass(frozen=True, slots=True)
class Purchase:
    """A made-up payment: to whom, when, how much, from which bank."""

    key: int
    paid_at: datetime
    amount_vnd: int
    payer_bank: str


def purchases(rng: random.Random, takers: Sequence[Taker], days: int, count: int, until: datetime) -> list[Purchase]:
    """`count` payments to these stalls over the `days` before `until`, in the order of their times."""
    cells, weights = _cells(takers, days, until)
    if not cells:
        return []
    drawn = rng.choices(cells, weights, k=count)
    made = [_purchase(rng, taker, day_start, until) for taker, day_start in drawn]
    return sorted(made, key=lambda one: (one.paid_at, one.key))


def _cells(takers: Sequence[Taker], days: int, until: datetime) -> tuple[list[tuple[Taker, datetime]], list[float]]:
    """Every stall on every day that it could be paid, and how likely that day is."""
    cells: list[tuple[Taker, datetime]] = []
    weights: list[float] = []
    today = clock.market_day(until)
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        start = clock.day_start(day)
        elapsed = _share_of_day(until, start) if back == 0 else 1.0
        progress = 1 - back / max(days, 1)
        for taker in takers:
            if start > taker.since and elapsed > 0:
                cells.append((taker, start))
                weights.append(taker.appeal * WEEK[day.weekday()] * taker.growth**progress * elapsed)
    return cells, weights


def _share_of_day(until: datetime, start: datetime) -> float:
    hour = (until - start) / timedelta(hours=1)
    return sum(weight for at, weight in HOURS.items() if at + 1 <= hour) / sum(HOURS.values())


def _purchase(rng: random.Random, taker: Taker, day_start: datetime, until: datetime) -> Purchase:
    moment = until
    while moment >= until:
        hour = rng.choices(list(HOURS), list(HOURS.values()))[0]
        moment = day_start + timedelta(hours=hour, seconds=rng.randrange(3600), milliseconds=rng.randrange(1000))
    typical = GOODS_LINES[taker.goods_line][0]
    amount = max(SMALLEST_VND, round(rng.lognormvariate(math.log(typical), 0.6) / ROUND_TO_VND) * ROUND_TO_VND)
    bank = rng.choices(list(PAYER_BANKS), list(PAYER_BANKS.values()))[0]
    return Purchase(taker.key, moment, amount, bank)


def joining_times(rng: random.Random, count: int, days: int, until: datetime) -> Iterator[datetime]:
    """When each of a market's stalls is approved: half before the time shown, the rest over its first two thirds."""
    first = clock.market_day(until) - timedelta(days=days)
    for n in range(count):
        offset = -rng.randrange(2, 20) if n < count / 2 else rng.randrange(max(1, days * 2 // 3))
        day = min(first + timedelta(days=offset), clock.market_day(until) - timedelta(days=1))
        yield datetime.combine(day, time(8, rng.randrange(60)), tzinfo=clock.ZONE).astimezone(UTC)


def coded_at(rng: random.Random, approved_at: datetime, days: int) -> datetime:
    """When a stall with an account gets its code: three in four with their approval, the others some weeks later."""
    if rng.random() < 0.75:  # noqa: PLR2004
        return approved_at
    return approved_at + timedelta(days=rng.randrange(5, max(6, days // 2)), hours=rng.randrange(6))


def paid_from(rng: random.Random, profile: Profile, since: datetime, days: int) -> datetime:
    """When shoppers begin to pay by the code: two in five at once, the others after their market's hesitation."""
    if rng.random() < 0.4:  # noqa: PLR2004
        return since
    return since + timedelta(days=rng.uniform(0, profile.hesitation * days))
