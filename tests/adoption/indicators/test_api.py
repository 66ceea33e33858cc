"""GET /api/v1/adoption and its CSV: the contract, what is refused, and who sees what."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from adoption.indicators import queries
from adoption.indicators.exports import COLUMNS
from adoption.indicators.limits import MIN_STALLS_FOR_MONEY, SPAN_DAYS_MAX
from adoption.indicators.periods import Period
from adoption.indicators.places import find_subject
from adoption.indicators.tables import Figures
from core.database import database
from core.permissions.principal import SYSTEM
from core.permissions.roles import Role, Scope
from market.markets.models import Market
from market.markets.queries import GroupBy
from payments.recording.models import Credit, Payment, StallChainHead, StallDay
from tests.support.adoption import MOMENT, Ground, add_stalls, bearer, lay_ground, take

TODAY = date(2026, 11, 23)
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}
IN_OCTOBER = date(2026, 10, 5)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-23T02:00:00Z", tick=False):
        yield


@pytest.fixture
def ground(app) -> Ground:
    return lay_ground()


@pytest.fixture
def admin(ground) -> dict[str, str]:
    return bearer(Role.ADMIN, Scope.EVERYWHERE)


def ask(client, headers, **query):
    return client.get("/api/v1/adoption", query_string=query, headers=headers)


def rows(client, headers, **query) -> dict[str | None, dict]:
    answer = ask(client, headers, **query)
    assert answer.status_code == 200, answer.text
    return {row["code"]: row for row in answer.json["rows"]}


def test_it_works(client, ground, admin):
    stalls = add_stalls(ground.markets["AA01"], 8)
    add_stalls(ground.markets["AA01"], 1, code_from=None)
    take(stalls[:6], IN_OCTOBER, vnd=70_000, number=2)
    answer = ask(client, admin, area="601", by="market", **OCTOBER)
    assert answer.status_code == 200
    assert answer.json["area"] == {"code": "601", "name": "Huyện Một", "level": "district"}
    assert answer.json["period"] == {"from": "2026-10-01", "to": "2026-10-31", "counted_on": "2026-10-31"}
    assert answer.json["as_of"] == "2026-11-23T09:00:00+07:00"
    assert answer.json["recorded_until"] is None
    assert answer.json["rows"][0] == {
        "code": "AA01",
        "name": "Chợ AA01",
        "level": "market",
        "stalls": 9,
        "stalls_with_qr": 8,
        "qr_percent": 88.9,
        "stalls_active": 6,
        "active_percent": 66.7,
        "payments": 12,
        "value_vnd": 420_000,
        "hidden": False,
        "complete": True,
        "stalls_noting_cash": 0,
        "cash_sales": 0,
        "cash_value_vnd": 0,
        "cash_hidden": False,
        "cash_complete": True,
        "cashless_count_percent": None,
        "cashless_value_percent": None,
    }
    assert [row["code"] for row in answer.json["rows"]] == ["AA01", "AA02", "BB01"]
    assert answer.json["total"]["value_vnd"] == 420_000


def test_no_stalls_make_no_rate(client, ground, admin):
    found = rows(client, admin, by="market")["CC01"]
    assert (found["stalls"], found["qr_percent"], found["active_percent"]) == (0, None, None)
    assert (found["payments"], found["value_vnd"], found["hidden"]) == (0, 0, False)


def test_rates_are_pooled_and_not_averaged(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], 1), IN_OCTOBER)
    take(add_stalls(ground.markets["AA02"], 9)[:1], IN_OCTOBER)
    answer = ask(client, admin, by="market", **OCTOBER).json
    assert {row["active_percent"] for row in answer["rows"]} == {100.0, 11.1, None}
    assert answer["total"]["active_percent"] == 20.0


def test_money_of_four_stalls_is_hidden_and_their_number_is_not(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], MIN_STALLS_FOR_MONEY - 1), IN_OCTOBER)
    found = rows(client, admin, **OCTOBER)["AA01"]
    assert (found["payments"], found["value_vnd"], found["hidden"]) == (None, None, True)
    assert (found["stalls"], found["stalls_active"]) == (4, 4)


def test_money_of_five_stalls_is_told(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], MIN_STALLS_FOR_MONEY), IN_OCTOBER)
    assert rows(client, admin, **OCTOBER)["AA01"]["value_vnd"] == 50_000


def test_a_hidden_row_cannot_be_had_from_the_total(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], 4), IN_OCTOBER, vnd=1_000)
    take(add_stalls(ground.markets["AA02"], 6), IN_OCTOBER, vnd=1_000_000)
    answer = ask(client, admin, **OCTOBER).json
    assert [row["hidden"] for row in answer["rows"]][:2] == [True, False]
    assert answer["total"]["value_vnd"] == 6_000_000
    assert answer["total"]["complete"] is False


def test_small_markets_are_told_together_in_their_area(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], 4), IN_OCTOBER, vnd=1_000)
    take(add_stalls(ground.markets["AA02"], 1), IN_OCTOBER, vnd=1_000)
    answer = ask(client, admin, **OCTOBER).json
    assert [row["hidden"] for row in answer["rows"]][:2] == [True, True]
    assert (answer["total"]["value_vnd"], answer["total"]["complete"]) == (5_000, True)


def test_cash_is_protected_by_itself(client, ground, admin):
    stalls = add_stalls(ground.markets["AA01"], 6)
    take(stalls[:4], IN_OCTOBER, cash=1, cash_vnd=5_000)
    take(stalls[4:], IN_OCTOBER)
    found = rows(client, admin, **OCTOBER)["AA01"]
    assert (found["payments"], found["cash_sales"], found["cash_hidden"]) == (6, None, True)
    assert (found["stalls_noting_cash"], found["cashless_value_percent"]) == (4, None)


def test_the_cashless_share_stands_beside_noted_cash_only(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], 5), IN_OCTOBER, vnd=30_000, number=1, cash=3, cash_vnd=10_000)
    found = rows(client, admin, **OCTOBER)["AA01"]
    assert (found["cashless_count_percent"], found["cashless_value_percent"]) == (25.0, 75.0)


def test_the_newest_recording_is_named(client, ground, admin):
    [stall] = add_stalls(ground.markets["AA01"])
    with database().writing() as session:
        credit = Credit(
            gateway="simbank",
            external_id="mẫu-1",
            bank_ref="1",
            account_number="1",
            amount_vnd=1,
            content="",
            paid_at=MOMENT,
            recorded_at=MOMENT,
            origin="notification",
            digest=bytes(32),
        )
        session.add_all(
            [credit, StallChainHead(stall_id=stall, market_id=ground.markets["AA01"], last_digest=bytes(32))]
        )
        session.flush()
        session.add(
            Payment(
                credit_id=credit.id,
                stall_id=stall,
                market_id=ground.markets["AA01"],
                receipt_number=1,
                amount_vnd=1,
                paid_at=MOMENT,
                market_day=IN_OCTOBER,
                recorded_at=MOMENT,
                matched_by="reference",
                digest=bytes(32),
            )
        )
    assert ask(client, admin).json["recorded_until"] == "2026-01-01T07:00:00+07:00"


def test_the_period_is_this_month_up_to_today_when_none_is_named(client, ground, admin):
    assert ask(client, admin).json["period"] == {"from": "2026-11-01", "to": "2026-11-23", "counted_on": "2026-11-23"}


def test_a_period_may_end_later_than_today(client, ground, admin):
    period = ask(client, admin, **{"from": "2026-11-01", "to": "2026-11-30"}).json["period"]
    assert (period["to"], period["counted_on"]) == ("2026-11-30", "2026-11-23")


def test_a_market_can_be_asked_for_by_its_code(client, ground, admin):
    add_stalls(ground.markets["BB01"], 2)
    answer = ask(client, admin, area="bb01").json
    assert answer["area"] == {"code": "BB01", "name": "Chợ BB01", "level": "market"}
    assert [row["stalls"] for row in answer["rows"]] == [2]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"districts": "601"}, "districts"),
        ({"by": "ward"}, "by"),
        ({"from": "2026-10-32"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
        ({"from": "2021-11-22", "to": "2026-11-23"}, "from"),
        ({"from": "1899-12-31", "to": "1900-01-01"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "2099-12-31", "to": "2100-01-01"}, "to"),
        ({"area": ""}, "area"),
        ({"area": "123456789"}, "area"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client, ground, admin, query, field):
    answer = ask(client, admin, **query)
    assert answer.status_code == 422
    assert answer.json["code"] == "invalid_input"
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize("day", ["1900-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_may_be_asked_for(client, ground, admin, day):
    assert ask(client, admin, **{"from": day, "to": day}).status_code == 200


def test_the_longest_span_may_be_asked_for(client, ground, admin):
    first = TODAY - timedelta(days=SPAN_DAYS_MAX - 1)
    assert ask(client, admin, **{"from": first.isoformat()}, to=TODAY.isoformat()).status_code == 200


def test_an_area_that_does_not_exist_is_not_found(client, ground, admin):
    answer = ask(client, admin, area="99999")
    assert (answer.status_code, answer.json["code"]) == (404, "place_not_found")


def test_nobody_is_let_in_without_a_token(client, ground):
    assert ask(client, {}).status_code == 401
    assert client.get("/api/v1/adoption.csv").status_code == 401


def test_a_vendor_is_not_let_in(client, ground):
    [stall] = add_stalls(ground.markets["AA01"])
    assert ask(client, bearer(Role.VENDOR, Scope.STALL, stall)).status_code == 403


@pytest.mark.parametrize(
    ("role", "granted", "allowed", "refused"),
    [
        (Role.PROVINCE_OFFICER, "75", {"75", "70", "601", "602", "30001", "30002", "20003", "AA01", "DD01"}, set()),
        (Role.PROVINCE_OFFICER, "70", {"75", "70", "601", "30002", "AA01"}, {"DD01"}),
        (Role.DISTRICT_OFFICER, "601", {"601", "20001", "30001", "AA01", "BB01"}, {"75", "602", "30002", "CC01"}),
        (Role.DISTRICT_OFFICER, "602", {"602", "20003", "CC01"}, {"75", "601", "30002", "BB01", "DD01"}),
        (Role.COMMUNE_OFFICER, "30001", {"30001", "20001", "AA01", "AA02"}, {"75", "601", "30002", "20002", "BB01"}),
        (Role.COMMUNE_OFFICER, "30002", {"30002", "20002", "20003", "BB01", "CC01"}, {"602", "601", "30001", "AA01"}),
    ],
)  # fmt: skip
def test_an_officer_sees_what_lies_within_the_grant(client, ground, role, granted, allowed, refused):
    headers = bearer(role, Scope.AREA, ground.areas[granted])
    assert {code for code in allowed if ask(client, headers, area=code).status_code == 200} == allowed
    assert {code for code in refused if ask(client, headers, area=code).status_code == 404} == refused


def test_an_officer_who_names_no_area_sees_the_own_one(client, ground):
    headers = bearer(Role.DISTRICT_OFFICER, Scope.AREA, ground.areas["601"])
    answer = ask(client, headers).json
    assert answer["area"]["code"] == "601"
    assert [row["code"] for row in answer["rows"]] == ["AA01", "AA02", "BB01"]


def test_the_board_sees_its_own_market_only(client, ground):
    headers = bearer(Role.REGISTRAR, Scope.MARKET, ground.markets["AA01"])
    assert list(rows(client, headers)) == ["AA01"]
    assert ask(client, headers, area="30001").status_code == 404
    assert ask(client, headers, area="AA02").status_code == 404


def test_the_board_is_told_no_more_about_money_than_an_officer(client, ground):
    take(add_stalls(ground.markets["AA01"], 4), IN_OCTOBER)
    headers = bearer(Role.REGISTRAR, Scope.MARKET, ground.markets["AA01"])
    assert rows(client, headers, **OCTOBER)["AA01"]["hidden"] is True


def as_csv(client, headers, **query) -> list[dict[str, str]]:
    answer = client.get("/api/v1/adoption.csv", query_string=query, headers=headers)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_csv_has_the_figures_of_the_json(client, ground, admin):
    take(add_stalls(ground.markets["AA01"], 6), IN_OCTOBER, cash=2, cash_vnd=3_000)
    take(add_stalls(ground.markets["BB01"], 2), IN_OCTOBER)
    query = {"area": "75", "by": "market", **OCTOBER}
    lines, answer = as_csv(client, admin, **query), ask(client, admin, **query).json
    expected = [{"row": "unit", **row} for row in answer["rows"]] + [{"row": "total", **answer["total"]}]
    written = {None: "", True: "true", False: "false"}
    for line, row in zip(lines, expected, strict=True):
        for name, value in row.items():
            assert line[name] == (written[value] if value is None or isinstance(value, bool) else str(value))
        assert (line["area"], line["period_from"], line["period_to"]) == ("75", "2026-10-01", "2026-10-31")
        assert line["as_of"] == answer["as_of"]


def test_the_csv_is_a_file_with_a_name_and_stable_columns(client, ground, admin):
    answer = client.get("/api/v1/adoption.csv", query_string={"area": "601", **OCTOBER}, headers=admin)
    assert answer.content_type == "text/csv; charset=utf-8"
    expected = 'attachment; filename="adoption_601_market_2026-10-01_2026-10-31.csv"'
    assert answer.headers["Content-Disposition"] == expected
    assert answer.data.decode("utf-8-sig").splitlines()[0] == ",".join(COLUMNS)


def test_the_csv_runs_no_formula(client, ground, admin):
    with database().writing() as session:
        session.get_one(Market, ground.markets["AA01"]).name = "=HYPERLINK(1)"
    assert as_csv(client, admin)[0]["name"] == "'=HYPERLINK(1)"


def test_whole_months_agree_with_the_ledger(client, ground, admin):
    for code, count in (("AA01", 6), ("AA02", 9), ("BB01", 7), ("CC01", 5), ("DD01", 12)):
        for index, stall in enumerate(add_stalls(ground.markets[code], count)):
            for day in range(index % 3, 31, 3 + index % 4):
                take([stall], date(2026, 10, 1) + timedelta(day), vnd=1_000 * (index + day + 1), number=1 + day % 3)
    with database().reading() as session:
        ledger = session.execute(select(func.sum(StallDay.payments_count), func.sum(StallDay.payments_vnd))).one()
    for by in GroupBy:
        answer = ask(client, admin, area="75", by=by.value, **OCTOBER).json
        assert (answer["total"]["payments"], answer["total"]["value_vnd"]) == tuple(map(int, ledger))
        assert sum(row["payments"] for row in answer["rows"]) == answer["total"]["payments"]
        assert sum(row["value_vnd"] for row in answer["rows"]) == answer["total"]["value_vnd"]


DAYS = st.integers(0, 9)
STALLS = st.lists(
    st.tuples(
        st.sampled_from(["AA01", "AA02", "BB01"]),
        DAYS,
        st.none() | DAYS,
        st.none() | DAYS,
        st.dictionaries(DAYS, st.integers(1, 3), max_size=4),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STALLS, DAYS, DAYS)
def test_sql_counts_as_one_would_by_hand(app, stalls, one, other):
    first, last = sorted((one, other))
    with database().writing() as session:
        for table in reversed(StallDay.metadata.sorted_tables):
            session.execute(table.delete())
    ground = lay_ground()
    start = date(2026, 10, 1)
    kept = []
    for market, opened, lasting, code_after, takings in stalls:
        closed = None if lasting is None else opened + lasting
        [stall] = add_stalls(
            ground.markets[market],
            opened=start + timedelta(opened),
            closed=None if closed is None else start + timedelta(closed),
            code_from=None if code_after is None else start + timedelta(code_after),
        )
        for day, number in takings.items():
            take([stall], start + timedelta(day), vnd=number * 1_000, number=number)
        kept.append((market, opened, closed, code_after, takings))
    with queries.snapshot() as session:
        period = Period(start + timedelta(first), start + timedelta(last), TODAY)
        found = Figures(session, find_subject(session, SYSTEM, "75"), period).table(GroupBy.MARKET)
    for row in found.rows:
        mine = [
            stall
            for stall in kept
            if stall[0] == row.unit.code and stall[1] <= last < (99 if stall[2] is None else stall[2])
        ]
        with_code = [stall for stall in mine if stall[3] is not None and stall[3] <= last]
        active = [stall for stall in mine if any(first <= day <= last for day in stall[4])]
        assert row.counts[:3] == (len(mine), len(with_code), len(active))
