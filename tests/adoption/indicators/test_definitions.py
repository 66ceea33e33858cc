"""Each figure's meaning, at its edges. The days are those of October 2026, seen on 23 November."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine

from adoption.indicators import queries
from adoption.indicators.periods import Period
from adoption.indicators.places import find_subject
from adoption.indicators.tables import Figures, Row, Table
from core.permissions.principal import SYSTEM
from market.markets.queries import GroupBy
from tests.support.adoption import Ground, add_operation, add_stalls, lay_ground, take

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-23T02:00:00Z", tick=False):
        yield


@pytest.fixture
def ground(app) -> Ground:
    return lay_ground()


def table(by: str = "market", area: str | None = "75", first: date = FIRST, last: date = LAST) -> Table:
    with queries.snapshot() as session:
        subject = find_subject(session, SYSTEM, area)
        return Figures(session, subject, Period(first, last, TODAY)).table(GroupBy(by))


def row(code: str | None, **asked) -> Row:
    return next(found for found in table(**asked).rows if found.unit and found.unit.code == code)


def test_it_works(ground):
    stalls = add_stalls(ground.markets["AA01"], 10)
    add_stalls(ground.markets["AA01"], 2, code_from=None)
    take(stalls[:6], date(2026, 10, 5), vnd=70_000, number=3)
    found = row("AA01")
    assert found.counts == (12, 10, 6, 0)
    assert (found.payments.number, found.payments.vnd, found.payments.complete) == (18, 420_000, True)


def test_a_stall_opened_on_the_last_day_counts(ground):
    add_stalls(ground.markets["AA01"], opened=LAST)
    assert row("AA01").counts.stalls == 1


def test_a_stall_opened_the_day_after_does_not_count(ground):
    add_stalls(ground.markets["AA01"], opened=LAST + timedelta(days=1))
    assert row("AA01").counts.stalls == 0


def test_a_stall_closed_on_the_last_day_does_not_count(ground):
    add_stalls(ground.markets["AA01"], closed=LAST)
    assert row("AA01").counts.stalls == 0


def test_a_stall_closed_the_day_after_counts(ground):
    add_stalls(ground.markets["AA01"], closed=LAST + timedelta(days=1))
    assert row("AA01").counts.stalls == 1


def test_a_stall_suspended_in_between_counts_once(ground):
    [stall] = add_stalls(ground.markets["AA01"], closed=date(2026, 10, 10))
    add_operation(stall, date(2026, 10, 20))
    assert row("AA01").counts.stalls == 1
    assert row("AA01", last=date(2026, 10, 15)).counts.stalls == 0


def test_a_stall_opened_and_closed_on_one_day_never_counts(ground):
    add_stalls(ground.markets["AA01"], opened=LAST, closed=LAST)
    assert row("AA01").counts.stalls == 0


def test_a_code_revoked_on_the_last_day_does_not_count(ground):
    add_stalls(ground.markets["AA01"], code_until=LAST)
    assert row("AA01").counts == (1, 0, 0, 0)


def test_a_code_issued_on_the_last_day_counts(ground):
    add_stalls(ground.markets["AA01"], code_from=LAST)
    assert row("AA01").counts == (1, 1, 0, 0)


def test_a_code_of_a_closed_stall_does_not_count(ground):
    add_stalls(ground.markets["AA01"], closed=LAST)
    assert row("AA01").counts == (0, 0, 0, 0)


@pytest.mark.parametrize("day", [FIRST, LAST])
def test_a_payment_on_the_first_or_last_day_makes_a_stall_active(ground, day):
    take(add_stalls(ground.markets["AA01"]), day)
    assert row("AA01").counts.active == 1


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_payment_outside_the_period_does_not(ground, day):
    take(add_stalls(ground.markets["AA01"]), day)
    assert row("AA01").counts.active == 0


def test_cash_alone_makes_no_stall_active(ground):
    take(add_stalls(ground.markets["AA01"], 5), LAST, number=0, cash=2, cash_vnd=50_000)
    found = row("AA01")
    assert found.counts == (5, 5, 0, 5)
    assert (found.payments.number, found.cash.number, found.cash.vnd) == (0, 10, 250_000)


def test_money_of_stalls_closed_meanwhile_stays_in_the_sums(ground):
    closed = add_stalls(ground.markets["AA01"], 5, closed=date(2026, 10, 20))
    take(closed, date(2026, 10, 5))
    found = row("AA01")
    assert found.counts == (0, 0, 0, 0)
    assert (found.payments.number, found.payments.vnd) == (5, 50_000)


def test_a_period_that_is_not_over_is_counted_today(ground):
    add_stalls(ground.markets["AA01"], opened=TODAY)
    add_stalls(ground.markets["AA01"], opened=TODAY + timedelta(days=1))
    found = table(first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert found.period.counted_on == TODAY
    assert found.total.counts.stalls == 1


def test_markets_without_stalls_have_a_row_of_noughts(ground):
    found = row("BB01")
    assert found.counts == (0, 0, 0, 0)
    assert (found.payments.number, found.payments.vnd, found.payments.hidden) == (0, 0, False)


def test_totals_pool_the_counts(ground):
    take(add_stalls(ground.markets["AA01"], 9)[:1], LAST)
    take(add_stalls(ground.markets["BB01"], 1), LAST)
    found = table()
    assert found.total.counts == (10, 10, 2, 0)


def test_the_series_by_district_goes_on_after_districts_ended(ground):
    for code, count in (("AA01", 1), ("AA02", 2), ("BB01", 3), ("CC01", 4), ("DD01", 5)):
        add_stalls(ground.markets[code], count)
    counts = {row.unit.code: row.counts.stalls for row in table(by="district").rows}
    assert counts == {"601": 6, "602": 4, None: 5}


def test_communes_are_those_of_today(ground):
    for code, count in (("AA01", 1), ("AA02", 2), ("BB01", 3), ("CC01", 4), ("DD01", 5)):
        add_stalls(ground.markets[code], count)
    assert {row.unit.code: row.counts.stalls for row in table(by="commune").rows} == {"30001": 3, "30002": 12}
    assert {row.unit.code: row.counts.stalls for row in table(by="province").rows} == {"75": 15}


def test_an_area_of_either_tree_narrows_to_its_own_markets(ground):
    for code, count in (("AA01", 1), ("AA02", 2), ("BB01", 3), ("CC01", 4), ("DD01", 5)):
        add_stalls(ground.markets[code], count)
    assert table(area="601").total.counts.stalls == 6
    assert table(area="30002").total.counts.stalls == 12
    assert {row.unit.code: row.counts.stalls for row in table(by="district", area="30002").rows} == {
        "601": 3,
        "602": 4,
        None: 5,
    }


def test_a_unit_without_markets_has_a_row(ground):
    assert [row.unit.code for row in table(by="commune", area="601").rows] == ["30001", "30002"]
    assert {row.unit.code: row.counts.stalls for row in table(by="district").rows} == {"601": 0, "602": 0, None: 0}


def test_weeks_are_counted_each_at_its_own_end(ground):
    stalls = add_stalls(ground.markets["AA01"], 3, code_from=date(2026, 10, 12))
    add_stalls(ground.markets["AA01"], opened=date(2026, 10, 18), code_from=None)
    take(stalls[:2], date(2026, 10, 12))
    weeks = [Period(day, day + timedelta(days=6), TODAY) for day in (date(2026, 10, 5), date(2026, 10, 12))]
    with queries.snapshot() as session:
        found = queries.count_weeks(session, list(ground.markets.values()), weeks)
    assert [week[1:] for week in found] == [(3, 0, 0), (4, 3, 2)]
