"""Whoever asks for everything that can be asked, and subtracts, learns about five stalls at the least.

Each stall's money of a day is another power of two, so that every sum that is told names the stalls in it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine

from adoption.indicators import queries
from adoption.indicators.limits import MIN_STALLS_FOR_MONEY
from adoption.indicators.periods import Period
from adoption.indicators.places import find_subject
from adoption.indicators.tables import Figures
from core.permissions.principal import SYSTEM
from market.markets.queries import GroupBy
from tests.support.adoption import Ground, add_stalls, lay_ground, take

START, TODAY = date(2026, 10, 29), date(2026, 11, 23)
DAYS = [START + timedelta(days=n) for n in range(4)]
PLACES = ("75", "601", "602", "30001", "30002", "AA01")
#: Sums of as many powers of two stay within 63 bits.
SALES_MAX = 62


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-23T02:00:00Z", tick=False):
        yield


@pytest.fixture
def ground(app) -> Ground:
    return lay_ground()


def told(place: str, first: date, last: date) -> set[int | None]:
    """Every sum that a question about this place and period is answered with."""
    with queries.snapshot() as session:
        figures = Figures(session, find_subject(session, SYSTEM, place), Period(first, last, TODAY))
        tables = [figures.table(by) for by in GroupBy]
    return {row.payments.vnd for table in tables for row in (*table.rows, table.total)}


@pytest.mark.parametrize("seed", range(2))
def test_no_combination_of_answers_is_about_fewer_than_five_stalls(ground, seed):
    dice = random.Random(seed)
    stalls = [stall for market in ground.markets.values() for stall in add_stalls(market, dice.randint(2, 9))]
    sales = [(stall, day) for stall in stalls for day in DAYS if dice.random() < 0.5]
    sales = sorted(dice.sample(sales, min(len(sales), SALES_MAX)))
    for bit, (stall, day) in enumerate(sales):
        take([stall], day, vnd=2**bit)
    answers = {
        sum_vnd or 0
        for place in PLACES
        for first in DAYS
        for last in [day for day in (*DAYS, date(2026, 11, 30)) if day >= first]
        for sum_vnd in told(place, first, last)
    }
    together: dict[tuple[bool, ...], set[int]] = defaultdict(set)
    for bit, (stall, _day) in enumerate(sales):
        told_in = tuple(bool(answer >> bit & 1) for answer in sorted(answers))
        if any(told_in):
            together[told_in].add(stall)
    assert together
    assert all(len(found) >= MIN_STALLS_FOR_MONEY for found in together.values())


def test_a_thin_day_is_not_told_by_two_periods(ground):
    stalls = add_stalls(ground.markets["AA01"], 5)
    take(stalls, date(2026, 10, 5))
    take(stalls[:2], date(2026, 10, 6))
    assert told("AA01", date(2026, 10, 1), date(2026, 10, 31)) == {70_000}
    assert told("AA01", date(2026, 10, 1), date(2026, 10, 5)) == {None}
    assert told("AA01", date(2026, 10, 6), date(2026, 10, 6)) == {None}


def test_small_markets_are_not_told_for_part_of_the_group_that_they_were_joined_in(ground):
    for market, count in (("AA01", 1), ("BB01", 3), ("CC01", 2)):
        take(add_stalls(ground.markets[market], count), date(2026, 10, 5))
    october = (date(2026, 10, 1), date(2026, 10, 31))
    assert 60_000 in told("75", *october)
    assert told("30002", *october) == {None, 0}
