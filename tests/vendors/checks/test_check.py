from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import vietqr
from core.database import database
from core.web.services.throttle import CODE_CHECK
from payments.live.container import LiveContainer
from tests.support.bank import InMemoryBank
from tests.support.cast import Cast, approved_stall
from tests.support.money import give_reference
from vendors.codes.models import PaymentCode
from vendors.codes.reference import with_check
from vendors.container import OneTimeCode
from vendors.registration import services
from vendors.stalls.models import Stall


def code_of(stall_id: int) -> PaymentCode:
    with database().reading() as session:
        return session.scalars(
            select(PaymentCode).where(PaymentCode.stall_id == stall_id).order_by(PaymentCode.version.desc())
        ).first()


def check(client: FlaskClient, payload: str, stall: str | None = None) -> dict[str, Any]:
    body = {"payload": payload} | ({"stall": stall} if stall else {})
    answer = client.post("/api/v1/qr/check", json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


@pytest.fixture
def issued(cast: Cast) -> PaymentCode:
    """The live code of stall A."""
    return code_of(cast.stall_a_id)


def test_what_was_issued_is_genuine(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    assert check(client, issued.payload) == {"verdict": "genuine", "stall": cast.stall_a, "reasons": []}
    assert check(client, issued.payload, cast.stall_a.lower())["verdict"] == "genuine"
    assert check(client, f"  {issued.payload[:-4]}{issued.payload[-4:].lower()}\n")["verdict"] == "genuine"


def test_a_revoked_code_is_told_with_its_day(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    services.revoke_code(cast.approver.principal, cast.stall_a, "bị dán đè")
    checked = check(client, issued.payload, cast.stall_a)
    assert checked["verdict"] == "revoked"
    assert "1" in checked["reasons"][0]


def test_anothers_code_is_told(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    checked = check(client, issued.payload, cast.stall_b)
    assert (checked["verdict"], checked["stall"]) == ("other_stall", cast.stall_a)


@pytest.mark.parametrize(
    "changes",
    [
        {"account_number": "11112222"},
        {"bank_bin": "970436"},
        {"amount_vnd": 50_000},
        {"merchant_name": "KE GIAN"},
        {"purpose": "TIEN RAU"},
    ],
)
def test_our_code_with_something_changed_is_altered(
    client: FlaskClient, cast: Cast, issued: PaymentCode, changes: dict[str, Any]
) -> None:
    same = {"bank_bin": issued.bank_bin, "account_number": issued.account_number, "purpose": issued.reference}
    checked = check(client, vietqr.encode(**same | changes))
    assert (checked["verdict"], checked["stall"]) == ("altered", cast.stall_a)
    assert checked["reasons"]


def test_a_strangers_code_is_foreign(client: FlaskClient, cast: Cast) -> None:
    checked = check(client, vietqr.encode(bank_bin="970436", account_number="0123456789"), cast.stall_a)
    assert checked["verdict"] == "foreign"
    assert "stall" not in checked
    assert "Vietcombank" in checked["reasons"][0]


def test_a_reference_that_nobody_was_given_is_foreign(client: FlaskClient, cast: Cast) -> None:
    payload = vietqr.encode(bank_bin="970436", account_number="0123456789", purpose=with_check("C40000000"))
    assert check(client, payload)["verdict"] == "foreign"


def test_a_code_of_the_vendors_own_bank_is_not_the_one_issued(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    bank.issues = False
    stall = approved_stall(cast.registrar.principal, cast.approver.principal, cast.market_a)
    own = code_of(stall.id)
    assert check(client, own.payload)["verdict"] == "genuine"
    without_reference = vietqr.encode(bank_bin=own.bank_bin, account_number=own.account_number)
    assert check(client, without_reference)["verdict"] == "foreign"


@pytest.mark.parametrize("payload", ["hello", "https://cho.test/s/DX01-A001", "000201", "\u0000\u0001"])
def test_what_is_no_code_is_unreadable(client: FlaskClient, cast: Cast, payload: str) -> None:
    answer = client.post("/api/v1/qr/check", json={"payload": payload})
    assert answer.status_code in {200, 422}
    if answer.status_code == 200:
        assert answer.json["verdict"] == "unreadable"


def test_a_cut_off_code_is_unreadable(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    assert check(client, issued.payload[:-3])["verdict"] == "unreadable"


def test_a_payment_code_of_another_scheme_is_foreign(client: FlaskClient, cast: Cast) -> None:
    body = "000201010211520400005303704" + "5802VN" + "6304"
    assert check(client, body + vietqr.crc(body))["verdict"] == "foreign"


def test_a_resting_stalls_code_is_genuine_and_says_so(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    services.suspend(cast.approver.principal, cast.stall_a, "nghỉ tết")
    checked = check(client, issued.payload)
    assert checked["verdict"] == "genuine"
    assert len(checked["reasons"]) == 1


def test_a_closed_stalls_code_is_revoked(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    services.close(cast.approver.principal, cast.stall_a, "bỏ sạp")
    assert check(client, issued.payload)["verdict"] == "revoked"


def test_a_code_for_one_payment_is_genuine_and_its_copy_with_another_amount_is_altered(
    app: Flask, client: FlaskClient, cast: Cast, issued: PaymentCode
) -> None:
    reference = with_check("C4ABCDEFG")
    with database().writing() as session:
        give_reference(session, reference, session.get_one(Stall, cast.stall_a_id), "request")
    account = {"bank_bin": issued.bank_bin, "account_number": issued.account_number, "purpose": reference}
    payload = vietqr.encode(**account, amount_vnd=65_000)
    known = {reference: OneTimeCode(cast.stall_a_id, payload)}
    LiveContainer.of(app).find_one_time = lambda _session, asked: known.get(asked)
    assert check(client, payload, cast.stall_a)["verdict"] == "genuine"
    assert check(client, payload, cast.stall_b)["verdict"] == "other_stall"
    assert check(client, vietqr.encode(**account, amount_vnd=650_000))["verdict"] == "altered"


def test_an_unknown_stall_is_a_wrong_field(client: FlaskClient, cast: Cast, issued: PaymentCode) -> None:
    answer = client.post("/api/v1/qr/check", json={"payload": issued.payload, "stall": "XX99-A1"})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["stall"])


def test_an_overlong_payload_is_refused(client: FlaskClient, cast: Cast) -> None:
    assert client.post("/api/v1/qr/check", json={"payload": "0" * 1025}).status_code == 422


def test_an_address_that_asks_too_often_waits(client: FlaskClient, cast: Cast) -> None:
    statuses = [client.post("/api/v1/qr/check", json={"payload": "x"}).status_code for _ in range(CODE_CHECK.size + 5)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_reasons_speak_the_readers_language(client: FlaskClient, cast: Cast) -> None:
    body = {"payload": "hello"}
    english = client.post("/api/v1/qr/check", json=body, headers={"Accept-Language": "en"}).json["reasons"]
    vietnamese = client.post("/api/v1/qr/check", json=body, headers={"Accept-Language": "vi"}).json["reasons"]
    assert english != vietnamese
