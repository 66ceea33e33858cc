"""Periods, those they are compared with, and whole weeks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adoption.indicators import periods
from adoption.indicators.periods import Period, whole_weeks

TODAY = date(2026, 11, 23)


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last), TODAY)


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        (("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")),
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        (("2026-07-01", "2026-09-30"), ("2026-04-01", "2026-06-30")),
        (("2026-11-01", "2026-11-23"), ("2026-10-01", "2026-10-23")),
        (("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-23")),
        (("2026-10-01", "2026-11-23"), ("2026-08-01", "2026-09-23")),
        (("2026-10-25", "2026-11-23"), ("2026-09-25", "2026-10-24")),
        (("2026-10-01", "2026-10-30"), ("2026-09-01", "2026-09-30")),
        (("2026-11-23", "2026-11-23"), ("2026-11-22", "2026-11-22")),
    ],
)
def test_a_period_is_compared_with_its_like(asked, before):
    found = period(*asked).previous()
    assert (found.first.isoformat(), found.last.isoformat()) == before


def test_a_period_yet_to_come_is_compared_with_the_days_before_it():
    assert period("2026-12-01", "2026-12-02").previous().last == date(2026, 11, 30)


def test_a_period_that_is_not_over_is_counted_today():
    assert period("2026-11-01", "2026-11-30").counted_on == TODAY
    assert period("2026-10-01", "2026-10-31").counted_on == date(2026, 10, 31)


def test_the_periods_to_choose_from():
    assert periods.this_month(TODAY) == period("2026-11-01", "2026-11-23")
    assert periods.last_month(date(2026, 1, 5)).first == date(2025, 12, 1)
    assert periods.this_quarter(TODAY) == period("2026-10-01", "2026-11-23")
    assert periods.last_days(TODAY, 30).days == 30


def test_weeks_end_with_the_last_whole_one():
    weeks = whole_weeks(period("2026-11-01", "2026-11-23"), 13, 53)
    assert len(weeks) == 13
    assert weeks[-1] == period("2026-11-16", "2026-11-22")


def test_a_week_that_ends_today_is_not_whole_yet():
    sunday = date(2026, 11, 22)
    assert whole_weeks(Period(sunday, sunday, sunday), 1, 53)[-1].last == date(2026, 11, 15)


def test_long_periods_show_their_last_weeks():
    assert len(whole_weeks(period("2022-01-01", "2026-11-23"), 13, 53)) == 53
    assert len(whole_weeks(period("2026-06-01", "2026-11-23"), 13, 53)) == 25


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400), st.integers(-400, 400))
def test_periods_hold_together(first, length, ahead):
    asked = Period(first, first + timedelta(days=length), first + timedelta(days=length + ahead))
    before = asked.previous()
    assert before.first <= before.last < asked.first
    weeks = whole_weeks(asked, 13, 53)
    assert 13 <= len(weeks) <= 53
    assert all(week.first.weekday() == 0 and week.days == 7 and week.last < asked.today for week in weeks)
