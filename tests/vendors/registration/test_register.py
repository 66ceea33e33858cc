from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import database
from core.errors import Conflict
from tests.support.bank import InMemoryBank
from tests.support.cast import BANK_BIN, Cast, new_stall
from vendors.registration import services
from vendors.registration.queries import history
from vendors.stalls.queries import stall_by_code

ACCOUNT = {"bank_bin": BANK_BIN, "account_number": "0071 0009 8765", "holder_name": "Nguyễn Thị Mẫu"}


def registration(cast: Cast, **changes: Any) -> dict[str, Any]:
    body = {
        "market": cast.market_a,
        "number": "a012",
        "goods_line": "Rau củ",
        "vendor": {"name": "Nguyễn Thị Mẫu", "phone": "+84 903.123.456"},
        "account": dict(ACCOUNT),
    }
    return body | changes


def test_a_stall_is_registered_and_waits(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/api/v1/stalls", json=registration(cast), headers=cast.registrar.headers)
    assert answer.status_code == 201, answer.json
    stall = answer.json
    assert stall["code"] == "DX01-A012"
    assert stall["status"] == "pending"
    assert stall["vendor"] == {"name": "Nguyễn Thị Mẫu", "phone": "0903123456"}
    assert stall["account"]["account_number"] == "007100098765"
    assert stall["account"]["holder_name"] == "NGUYEN THI MAU"
    assert stall["account"]["status"] == "proposed"
    assert stall["qr"] is None
    assert stall["registered_by"] == "Đăng Ký"


def test_a_field_agent_may_register(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/api/v1/stalls", json=registration(cast), headers=cast.field_agent.headers)
    assert answer.status_code == 201


def test_a_stall_without_an_account_may_be_registered(client: FlaskClient, cast: Cast) -> None:
    body = registration(cast)
    del body["account"]
    answer = client.post("/api/v1/stalls", json=body, headers=cast.registrar.headers)
    assert answer.status_code == 201
    assert answer.json["account"] is None


def test_it_is_in_the_history_with_what_was_registered(client: FlaskClient, cast: Cast) -> None:
    client.post("/api/v1/stalls", json=registration(cast), headers=cast.registrar.headers)
    with database().reading() as session:
        entry = history(session, stall_by_code(session, "DX01-A012"))[0]
    assert (entry.action, entry.actor_name, entry.user_id) == (
        "stall.register",
        "Đăng Ký",
        cast.registrar.principal.user_id,
    )
    assert entry.after is not None
    assert entry.after["account"]["account_number"] == "007100098765"


@pytest.mark.parametrize(
    ("known_as", "check", "found"),
    [
        ("NGUYỄN THỊ MẪU", "match", None),
        ("TRAN VAN KHAC", "mismatch", "TRAN VAN KHAC"),
        (None, "not_found", None),
    ],
)
def test_the_bank_is_asked_whose_the_account_is(
    client: FlaskClient, cast: Cast, bank: InMemoryBank, known_as: str | None, check: str, found: str | None
) -> None:
    if known_as:
        bank.holders[BANK_BIN, "007100098765"] = known_as
    answer = client.post("/api/v1/stalls", json=registration(cast), headers=cast.registrar.headers)
    assert answer.status_code == 201
    url = f"/api/v1/stalls/{answer.json['code']}"
    for headers, name in ((cast.approver.headers, found), (cast.registrar.headers, None)):
        account = client.get(url, headers=headers).json["account"]
        assert (account["name_check"], account["name_found"]) == (check, name)
    assert answer.json["account"] == account


def test_a_bank_out_of_reach_blocks_no_registration(client: FlaskClient, cast: Cast, bank: InMemoryBank) -> None:
    bank.down = True
    answer = client.post("/api/v1/stalls", json=registration(cast), headers=cast.registrar.headers)
    assert answer.status_code == 201
    assert answer.json["account"]["name_check"] == "not_asked"


def test_a_number_is_given_once_in_a_market(client: FlaskClient, cast: Cast) -> None:
    client.post("/api/v1/stalls", json=registration(cast), headers=cast.registrar.headers)
    answer = client.post("/api/v1/stalls", json=registration(cast, number="A012 "), headers=cast.registrar.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "stall_exists")


def test_the_number_of_a_refused_registration_is_free_again(client: FlaskClient, cast: Cast) -> None:
    client.post("/api/v1/stalls", json=registration(cast), headers=cast.registrar.headers)
    client.post("/api/v1/stalls/DX01-A012/reject", json={"reason": "nhầm sạp"}, headers=cast.approver.headers)
    body = registration(cast, vendor={"name": "Người Khác", "phone": "0903123457"})
    answer = client.post("/api/v1/stalls", json=body, headers=cast.registrar.headers)
    assert answer.status_code == 201, answer.json
    assert (answer.json["status"], answer.json["vendor"]["name"]) == ("pending", "Người Khác")


def test_the_number_of_a_closed_stall_is_not_given_again(client: FlaskClient, cast: Cast) -> None:
    client.post(f"/api/v1/stalls/{cast.stall_a}/close", json={"reason": "nghỉ bán"}, headers=cast.approver.headers)
    answer = client.post("/api/v1/stalls", json=registration(cast, number="A001"), headers=cast.registrar.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "stall_exists")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "A-12"}, "number"),
        ({"number": "A12345678"}, "number"),
        ({"number": "Đ12"}, "number"),
        ({"goods_line": "  "}, "goods_line"),
        ({"goods_line": "x" * 65}, "goods_line"),
        ({"vendor": {"name": "A", "phone": "12345"}}, "vendor"),
        ({"vendor": {"phone": "0903123456"}}, "vendor"),
        ({"account": ACCOUNT | {"bank_bin": "123456"}}, "account"),
        ({"account": ACCOUNT | {"account_number": "12345678901234567890"}}, "account"),
        ({"account": ACCOUNT | {"account_number": "số-một"}}, "account"),
        ({"account": ACCOUNT | {"holder_name": "北京"}}, "account"),
        ({"market": "XX99"}, "market"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(client: FlaskClient, cast: Cast, changes: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/stalls", json=registration(cast, **changes), headers=cast.registrar.headers)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize("who", ["vendor_a", "approver", "province_officer", "operator"])
def test_others_may_not_register(client: FlaskClient, cast: Cast, who: str) -> None:
    answer = client.post("/api/v1/stalls", json=registration(cast), headers=cast.everybody()[who].headers)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_another_boards_market_does_not_exist(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/api/v1/stalls", json=registration(cast), headers=cast.outsider.headers)
    assert answer.status_code == 404


def test_nobody_registers_without_a_token(client: FlaskClient, cast: Cast) -> None:
    assert client.post("/api/v1/stalls", json=registration(cast)).status_code == 401


def test_of_two_who_register_one_number_at_once_one_wins(app: Flask, cast: Cast) -> None:
    def register(person: str) -> str:
        with app.app_context():
            try:
                services.register(cast.everybody()[person].principal, new_stall(cast.market_a, "A012"))
            except Conflict as error:
                return error.code
            return "registered"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(register, ["registrar", "field_agent"]))
    assert outcomes == ["registered", "stall_exists"]
