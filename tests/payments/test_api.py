from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.database import database
from payments.recording.recorder import commit
from tests.support.cast import Cast
from tests.support.money import credit, submission
from vendors.stalls.models import SettlementAccount


def account_of(stall_id: int) -> str:
    with database().reading() as session:
        return session.scalars(
            select(SettlementAccount.account_number).where(SettlementAccount.stall_id == stall_id)
        ).one()


@pytest.fixture
def stray(app: Flask, cast: Cast) -> str:
    """A credit that went to the account of market A's stall, with a text that names the stall of market B."""
    with app.test_client() as client:
        answer = client.get(f"/api/v1/stalls/{cast.stall_b}", headers=cast.admin.headers)
    reference = answer.json["qr"]["reference"]
    one = credit(None, account_number=account_of(cast.stall_a_id), content=f"tien hang {reference}")
    commit(database(), [submission(one, credit(None, account_number="0000000000"))])
    return one.external_id


def seen_by(client: FlaskClient, headers: dict[str, str]) -> list[str]:
    answer = client.get("/api/v1/unmatched", headers=headers)
    assert answer.status_code == 200
    return [item["external_id"] for item in answer.json["items"]]


def test_a_board_sees_stray_money_of_its_own_stalls_accounts(client: FlaskClient, cast: Cast, stray: str) -> None:
    assert seen_by(client, cast.registrar.headers) == [stray]
    answer = client.get("/api/v1/unmatched", headers=cast.registrar.headers)
    assert answer.json["items"][0]["reason"] == "contradiction"


def test_another_board_sees_none_of_it(client: FlaskClient, cast: Cast, stray: str) -> None:
    assert seen_by(client, cast.outsider.headers) == []


def test_an_operator_sees_all_of_it(client: FlaskClient, cast: Cast, stray: str) -> None:
    assert len(seen_by(client, cast.operator.headers)) == 2


@pytest.mark.parametrize("after", ["x", "-1", "1.5", str(2**63), "9" * 40])
def test_a_cursor_that_is_none_is_refused(client: FlaskClient, cast: Cast, after: str) -> None:
    answer = client.get("/api/v1/unmatched", query_string={"after": after}, headers=cast.operator.headers)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 10**40])
def test_a_payment_that_cannot_be_there_is_not_found(client: FlaskClient, cast: Cast, number: int) -> None:
    assert client.get(f"/api/v1/payments/{number}", headers=cast.vendor_a.headers).status_code == 404


def test_payments_are_listed_by_receipt_number(client: FlaskClient, cast: Cast) -> None:
    number = account_of(cast.stall_a_id)
    commit(database(), [submission(*(credit(None, account_number=number, amount_vnd=vnd) for vnd in (1_000, 2_000)))])
    first = client.get(f"/api/v1/payments?stall={cast.stall_a}&limit=1", headers=cast.vendor_a.headers).json
    assert [(item["receipt_number"], item["amount_vnd"]) for item in first["items"]] == [(1, 1_000)]
    rest = client.get(
        f"/api/v1/payments?stall={cast.stall_a}&after={first['next']}", headers=cast.vendor_a.headers
    ).json
    assert [item["receipt_number"] for item in rest["items"]] == [2]
    assert rest["next"] is None


def test_an_account_that_nobody_approved_opens_nobodys_money(client: FlaskClient, cast: Cast) -> None:
    """Else who proposes another's account would see, and take, what comes to it."""
    one = credit(None, account_number="0123456789")
    commit(database(), [submission(one)])
    proposed = {"bank_bin": "970499", "account_number": "0123456789", "holder_name": "TRAN THI MAU"}
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=proposed, headers=cast.registrar.headers)
    assert answer.status_code in {200, 201, 202}
    assert seen_by(client, cast.approver.headers) == []
