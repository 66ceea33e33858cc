"""What the operator's page says of money."""

from __future__ import annotations

import time_machine
from flask.testing import FlaskClient

from market.database import database
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


def test_it_counts_open_differences(client: FlaskClient, cast: Cast) -> None:
    imported(of_all_kinds())
    page = cast.operator.sign_in(client).get("/system").text
    assert ">5<" in page.partition("Chỗ lệch chưa xử lý")[2].partition("</dd>")[0]
