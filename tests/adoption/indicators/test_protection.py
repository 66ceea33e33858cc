"""What is told about money, and that no combination of what is told is about fewer than five stalls.

In these small worlds every stall's money of a day is another power of two, so that a sum tells exactly whose money is
in it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from adoption.indicators.limits import MIN_STALLS_FOR_MONEY
from adoption.indicators.protection import DayTakings, Money, ProtectedSums, make_cells

OCTOBER = date(2026, 10, 1)
#: Markets 1 and 2 share a commune, 3 shares their district, 4 stands in another one.
GROUPS = {1: ("c1", "d1", "p"), 2: ("c1", "d1", "p"), 3: ("c2", "d1", "p"), 4: ("c3", "d2", "p")}
AREAS = [(1,), (2,), (3,), (4,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]

#: (market, stall, days after 1 October)
Sale = tuple[int, int, int]


def world(sales: set[Sale]) -> tuple[list[DayTakings], dict[int, Sale]]:
    """The takings of market days, and whose money each bit of a sum is."""
    bits = dict(enumerate(sorted(sales)))
    by_day: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for bit, (market, stall, day) in bits.items():
        by_day[market, day].append((stall, 2**bit))
    takings = [
        DayTakings(
            market,
            OCTOBER + timedelta(days=day),
            len(sold),
            len(sold),
            sum(vnd for _stall, vnd in sold),
            frozenset(100 * market + stall for stall, _vnd in sold)
            if len(sold) < MIN_STALLS_FOR_MONEY
            else frozenset(),
        )
        for (market, day), sold in by_day.items()
    ]
    return takings, bits


def tell(sales: set[Sale], markets=(1, 2, 3, 4), first: int = 0, last: int = 30) -> Money:
    takings, _bits = world(sales)
    sums = ProtectedSums(takings, make_cells(takings, GROUPS), OCTOBER + timedelta(first), OCTOBER + timedelta(last))
    return sums.sum_of(markets)


def stalls(market: int, count: int, day: int = 0) -> set[Sale]:
    return {(market, stall, day) for stall in range(count)}


def test_five_stalls_are_told():
    assert tell(stalls(1, 5), (1,)).number == 5


def test_four_stalls_are_not():
    assert tell(stalls(1, 4), (1,)) == Money(None, None, complete=False)


def test_nothing_taken_is_told_as_nothing():
    assert tell(set(), (1,)) == Money(0, 0, complete=True)


def test_four_stalls_are_not_in_any_total_either():
    told = tell(stalls(1, 4) | stalls(2, 6))
    assert (told.number, told.complete) == (6, False)


def test_markets_of_few_stalls_are_told_together_in_the_narrowest_area():
    sales = stalls(1, 4) | stalls(2, 1) | stalls(3, 3)
    assert [tell(sales, area).number for area in AREAS] == [None, None, None, 0, 5, 5, 5]


def test_markets_of_few_stalls_join_across_communes_only_when_they_must():
    sales = stalls(1, 3) | stalls(3, 2)
    assert tell(sales, (1, 2)).hidden
    assert tell(sales, (1, 2, 3)) == Money(5, 31, complete=True)


def test_a_thin_day_cannot_be_had_by_subtracting_two_periods():
    sales = stalls(1, 5, day=0) | stalls(1, 2, day=1)
    assert tell(sales, (1,), last=1).number == 7
    assert tell(sales, (1,), last=0).hidden
    assert tell(sales, (1,), first=1).hidden


def test_days_of_enough_stalls_stand_alone():
    sales = stalls(1, 5, day=0) | stalls(1, 6, day=1)
    assert [tell(sales, (1,), first=day, last=day).number for day in (0, 1)] == [5, 6]


def test_thin_days_are_told_together_once_they_hold_five_stalls():
    sales = {(1, stall, stall) for stall in range(5)}
    assert tell(sales, (1,), last=4).number == 5
    assert tell(sales, (1,), last=3).hidden


def test_the_same_four_stalls_every_day_are_never_told():
    sales = {sale for day in range(31) for sale in stalls(1, 4, day)}
    assert tell(sales, (1,)).hidden


def test_cells_do_not_reach_over_the_end_of_a_month():
    sales = stalls(1, 3, day=30) | {(1, stall, 31) for stall in range(3, 6)}
    assert tell(sales, (1,), last=60).hidden


SALES = st.sets(st.tuples(st.integers(1, 4), st.integers(0, 6), st.integers(28, 33)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(SALES)
def test_no_combination_of_answers_is_about_fewer_than_five_stalls(sales):
    takings, bits = world(sales)
    cells = make_cells(takings, GROUPS)
    answers = {
        ProtectedSums(takings, cells, OCTOBER + timedelta(first), OCTOBER + timedelta(last)).sum_of(area).vnd or 0
        for first in range(27, 35)
        for last in range(first, 35)
        for area in AREAS
    }
    told_together: dict[tuple[bool, ...], set[tuple[int, int]]] = defaultdict(set)
    for bit, (market, stall, _day) in bits.items():
        told_in = tuple(bool(answer >> bit & 1) for answer in sorted(answers))
        if any(told_in):
            told_together[told_in].add((market, stall))
    assert all(len(found) >= MIN_STALLS_FOR_MONEY for found in told_together.values())


@settings(max_examples=150, deadline=None)
@given(SALES)
def test_whole_months_leave_out_fewer_than_five_stalls_a_month(sales):
    _takings, bits = world(sales)
    for first, last in ((0, 30), (31, 60)):
        told = tell(sales, first=first, last=last)
        left_out = {bits[b][:2] for b in bits if first <= bits[b][2] <= last and not (told.vnd or 0) >> b & 1}
        assert len(left_out) < MIN_STALLS_FOR_MONEY
        assert told.complete == (not left_out)


@settings(max_examples=150, deadline=None)
@given(SALES)
def test_cells_are_the_same_whatever_else_is_asked_about(sales):
    takings, _bits = world(sales)
    everywhere = set(make_cells(takings, GROUPS))
    for count in (1, 2, 3):
        for some in combinations(GROUPS, count):
            outside = {group for market, around in GROUPS.items() if market not in some for group in around}
            within = {market: [one for one in GROUPS[market] if one not in outside] for market in some}
            assert set(make_cells([one for one in takings if one.market_id in some], within)) <= everywhere
