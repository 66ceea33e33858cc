"""docs/indicators.md says what the code does: its statements are run, its fields and limits are those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Date, bindparam, text

from adoption.indicators.limits import MIN_STALLS_FOR_MONEY, SPAN_DAYS_MAX, TREND_WEEKS_MAX, TREND_WEEKS_MIN
from adoption.indicators.schemas import FiguresSchema
from core.database import database
from core.permissions.roles import Role, Scope
from core.settings import PROJECT_ROOT
from tests.support.adoption import add_operation, add_stalls, bearer, lay_ground, take

PAGE = (Path(PROJECT_ROOT) / "docs" / "indicators.md").read_text()
STATEMENTS = dict(re.findall(r"```sql\n-- (\w+)\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-23T02:00:00Z", tick=False):
        yield


def test_every_field_is_explained():
    explained = set(re.findall(r"`(\w+)`", PAGE))
    assert set(FiguresSchema().fields) <= explained


def test_the_limits_are_those_of_the_code():
    assert f"fewer than {MIN_STALLS_FOR_MONEY} stalls" in PAGE
    assert f"{SPAN_DAYS_MAX} days" in PAGE
    assert f"at least {TREND_WEEKS_MIN}, at most {TREND_WEEKS_MAX}" in PAGE


def test_the_statements_give_what_the_call_gives(client, app):
    ground = lay_ground()
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    stalls = add_stalls(ground.markets["AA01"], 6)
    stalls += add_stalls(ground.markets["AA01"], 2, opened=last)
    stalls += add_stalls(ground.markets["AA01"], 3, closed=last)
    stalls += add_stalls(ground.markets["AA01"], 2, code_until=last)
    stalls += add_stalls(ground.markets["AA01"], 1, code_from=None)
    add_operation(stalls[8], last)
    for index, stall in enumerate(stalls[:12]):
        take([stall], first + timedelta(days=index % 4), number=index + 1, cash=index % 2 * 3, cash_vnd=index % 2 * 500)
    take(stalls, last + timedelta(days=1), number=100)
    headers = bearer(Role.ADMIN, Scope.EVERYWHERE)
    query = {"area": "AA01", "from": first.isoformat(), "to": last.isoformat()}
    row = client.get("/api/v1/adoption", query_string=query, headers=headers).json["rows"][0]
    assert row["complete"]
    assert row["cash_complete"]
    given = {"market_id": ground.markets["AA01"], "first": first, "last": last, "day": last}
    with database().reading() as session:
        for name, statement in STATEMENTS.items():
            days = [bindparam(one, type_=Date) for one in ("first", "last", "day") if f":{one}" in statement]
            assert session.scalar(text(statement).bindparams(*days), given) == row[name], name
    assert len(STATEMENTS) == 8
