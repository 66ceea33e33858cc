"""What the operator's page says of money."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import time_machine
from flask.testing import FlaskClient

from core.database import database
from payments.recording import ledger
from tests.support.cast import Cast
from tests.support.money import credit, notification, signed, submission
from tests.support.reconciliation import imported, of_all_kinds


def test_a_gateway_that_never_spoke_is_worth_a_look(client: FlaskClient, cast: Cast) -> None:
    page = cast.operator.sign_in(client).get("/system").text
    assert "chưa nhận được tin nào" in page


def test_it_says_when_a_gateway_was_last_heard_from(client: FlaskClient, cast: Cast) -> None:
    with time_machine.travel("2026-11-23T01:30:00Z", tick=False):
        body = notification(credit())
        assert client.post("/gateways/simbank/notifications", data=body, headers=signed(body)).status_code == 200
        page = cast.operator.sign_in(client).get("/system").text
    assert "tin gần nhất 23/11/2026 08:30" in page


def test_it_counts_payments_and_what_waits_for_a_person(client: FlaskClient, cast: Cast) -> None:
    with database().writing() as session:
        ledger.record(session, [submission(credit(), credit())])
    page = cast.operator.sign_in(client).get("/system").text
    assert "Tiền chưa rõ sạp" in page
    assert "status-look" in page.partition("Tiền chưa rõ sạp")[2].partition("</dd>")[0]


def test_it_counts_open_discrepancies(client: FlaskClient, cast: Cast) -> None:
    imported(of_all_kinds())
    page = cast.operator.sign_in(client).get("/system").text
    assert ">5<" in page.partition("Chỗ lệch chưa xử lý")[2].partition("</dd>")[0]


def test_a_repeat_that_contradicts_what_is_recorded_is_trouble(client: FlaskClient, cast: Cast) -> None:
    first = credit(external_id="said-twice", amount_vnd=50_000)
    with database().writing() as session:
        ledger.record(session, [submission(first)])
        ledger.record(session, [submission(replace(first, amount_vnd=60_000))])
    fact = told(client, cast, "Tin báo lại khác với khoản đã ghi")
    assert "status-trouble" in fact
    assert "1; mới nhất" in fact
    assert "said-twice, đã ghi 50.000\u00a0₫, báo lại 60.000\u00a0₫" in fact


def test_a_message_that_could_not_be_read_is_trouble_with_its_reason(client: FlaskClient, cast: Cast) -> None:
    for body in (b"{}", b"no JSON at all"):
        assert client.post("/gateways/simbank/notifications", data=body, headers=signed(body)).status_code == 400
    fact = told(client, cast, "Tin ngân hàng không đọc được")
    assert "status-trouble" in fact
    assert re.search(r"2; mới nhất \d\d/\d\d/\d{4} \d\d:\d\d, simbank: \w", fact)


def test_nothing_of_the_kind_is_no_trouble(client: FlaskClient, cast: Cast) -> None:
    for term in (
        "Tin báo lại khác với khoản đã ghi",
        "Tin ngân hàng không đọc được",
        "Lệnh hoàn ngân hàng chưa trả lời",
    ):
        assert re.sub(r"<[^>]+>", "", told(client, cast, term)).strip() == "0"


def told(client: FlaskClient, cast: Cast, term: str) -> str:
    """What stands beside a term on the operator's page."""
    page = unescape(cast.operator.sign_in(client).get("/system").text)
    return page.partition(f"<dt>{term}</dt>")[2].partition("</dd>")[0]
