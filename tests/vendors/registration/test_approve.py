from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import vietqr
from core.database import database
from core.errors import Conflict
from payments.live.container import LiveContainer
from tests.support.bank import InMemoryBank
from tests.support.cast import BANK_BIN, Cast, new_stall
from vendors.codes import reference
from vendors.codes.models import PaymentCode
from vendors.issuer import NoIssuer
from vendors.registration import services
from vendors.registration.queries import history
from vendors.stalls.models import SettlementAccount, Stall, StallOperation
from vendors.stalls.queries import stall_by_code


@pytest.fixture
def waiting(cast: Cast) -> str:
    """A stall of market A that the registrar registered."""
    return services.register(cast.registrar.principal, new_stall(cast.market_a, "A012")).code


def test_an_approved_stall_has_a_code_that_pays_into_its_virtual_account(
    client: FlaskClient, cast: Cast, waiting: str, bank: InMemoryBank
) -> None:
    answer = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers)
    assert answer.status_code == 200, answer.json
    stall, qr = answer.json, answer.json["qr"]
    assert stall["status"] == "active"
    assert stall["account"]["status"] == "current"
    assert qr["version"] == 1
    assert qr["virtual_account"] == qr["account_number"] in {issued.number for issued in bank.issued.values()}
    assert reference.is_valid(qr["reference"])
    read = vietqr.decode(qr["payload"])
    assert (read.bank_bin, read.account_number, read.purpose, read.amount_vnd) == (
        "970499",
        qr["virtual_account"],
        qr["reference"],
        None,
    )
    assert qr["issued_at"].endswith("+07:00")


def test_where_the_bank_issues_no_virtual_account_the_code_names_the_vendors_own(
    client: FlaskClient, cast: Cast, waiting: str, bank: InMemoryBank
) -> None:
    bank.issues = False
    qr = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers).json["qr"]
    assert qr["virtual_account"] is None
    assert vietqr.decode(qr["payload"]).account_number == qr["account_number"]
    assert qr["account_number"].startswith("9900")


def test_it_is_in_operation_from_that_market_day(app: Flask, cast: Cast) -> None:
    # 18:30 in UTC is past midnight in Vietnam.
    with time_machine.travel("2026-11-22T18:30:00+00:00", tick=False):
        stall = services.register(cast.registrar.principal, new_stall(cast.market_a))
        services.approve(cast.approver.principal, stall.code)
    with database().reading() as session:
        operation = session.scalars(select(StallOperation).where(StallOperation.stall_id == stall.id)).one()
        code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == stall.id)).one()
    assert (operation.from_day, operation.until_day) == (date(2026, 11, 23), None)
    assert (code.from_day, code.until_day) == (date(2026, 11, 23), None)


def test_a_stall_without_an_account_is_in_operation_without_a_code(client: FlaskClient, cast: Cast) -> None:
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a, with_account=False))
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["status"], answer.json["qr"]) == (200, "active", None)


def test_who_registered_it_cannot_approve_it(client: FlaskClient, cast: Cast) -> None:
    stall = services.register(cast.admin.principal, new_stall(cast.market_a))
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "same_person")
    assert client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers).status_code == 200


def test_who_proposed_the_account_cannot_approve_it_either(client: FlaskClient, cast: Cast, waiting: str) -> None:
    body = {"bank_bin": BANK_BIN, "account_number": "99990000", "holder_name": "MAU"}
    assert client.post(f"/api/v1/stalls/{waiting}/account", json=body, headers=cast.admin.headers).status_code == 200
    answer = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "same_person")


def test_it_is_approved_once(client: FlaskClient, cast: Cast, waiting: str) -> None:
    client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers)
    answer = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_approve")


def test_of_two_approvers_at_once_one_wins(app: Flask, cast: Cast, waiting: str) -> None:
    def approve(person: str) -> str:
        with app.app_context():
            try:
                services.approve(cast.everybody()[person].principal, waiting)
            except Conflict as error:
                return error.code
            return "approved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(approve, ["approver", "admin"]))
    assert outcomes[0] == "approved"
    assert outcomes[1] in {"nothing_to_approve", "changed_meanwhile"}
    with database().reading() as session:
        stall = stall_by_code(session, waiting)
        assert len(session.scalars(select(PaymentCode).where(PaymentCode.stall_id == stall.id)).all()) == 1


def test_a_bank_out_of_reach_changes_nothing_and_it_can_be_tried_again(
    client: FlaskClient, cast: Cast, waiting: str, bank: InMemoryBank
) -> None:
    bank.down = True
    answer = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (503, "bank_unavailable")
    assert "Retry-After" in answer.headers
    with database().reading() as session:
        stall = stall_by_code(session, waiting)
        assert stall.status == "pending"
        assert [entry.action for entry in history(session, stall)] == ["stall.register"]
    bank.down = False
    assert client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers).status_code == 200


def test_when_the_banks_answer_was_lost_the_same_virtual_account_is_asked_for_again(
    client: FlaskClient, cast: Cast, waiting: str, bank: InMemoryBank
) -> None:
    issued, bank.loses_answers = set(bank.issued), True
    assert client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers).status_code == 503
    bank.loses_answers = False
    answer = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.approver.headers)
    (request_id,) = set(bank.issued) - issued
    assert answer.json["qr"]["virtual_account"] == bank.issued[request_id].number


def test_another_name_at_the_bank_needs_a_reason(client: FlaskClient, cast: Cast, bank: InMemoryBank) -> None:
    new = new_stall(cast.market_a)
    assert new.account is not None
    bank.holders[BANK_BIN, new.account.account_number] = "TRAN VAN KHAC"
    stall = services.register(cast.registrar.principal, new)
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (422, "name_differs")
    assert "TRAN VAN KHAC" in answer.json["errors"]["overrule_reason"][0]

    body = {"overrule_reason": "đã xem giấy của ngân hàng"}
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", json=body, headers=cast.approver.headers)
    assert answer.status_code == 200
    assert answer.json["account"]["overrule_reason"] == "đã xem giấy của ngân hàng"


def test_an_account_that_the_bank_does_not_find_needs_a_reason(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    new = new_stall(cast.market_a)
    bank.holders.clear()
    url = f"/api/v1/stalls/{services.register(cast.registrar.principal, new).code}/approve"
    answer = client.post(url, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (422, "holder_not_found")
    assert list(answer.json["errors"]) == ["overrule_reason"]
    answer = client.post(url, json={"overrule_reason": "đã xem thẻ"}, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["account"]["overrule_reason"]) == (200, "đã xem thẻ")


def test_where_no_gateway_can_be_asked_an_account_is_approved_without_a_reason(
    app: Flask, client: FlaskClient, cast: Cast
) -> None:
    LiveContainer.of(app).issuer = NoIssuer()
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a))
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["account"]["name_check"]) == (200, "not_asked")


def test_a_reason_given_before_the_bank_could_be_asked_overrules_nothing(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    new = new_stall(cast.market_a)
    assert new.account is not None
    bank.down = True
    stall = services.register(cast.registrar.principal, new)
    bank.down = False
    bank.holders[BANK_BIN, new.account.account_number] = "TRAN VAN KHAC"
    url, body = f"/api/v1/stalls/{stall.code}/approve", {"overrule_reason": "chắc là đúng"}
    answer = client.post(url, json=body, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (422, "name_differs")
    shown = client.get(f"/api/v1/stalls/{stall.code}", headers=cast.approver.headers).json["account"]
    assert (shown["name_check"], shown["name_found"]) == ("mismatch", "TRAN VAN KHAC")
    assert client.post(url, json=body, headers=cast.approver.headers).status_code == 200


def test_an_own_account_at_another_bank_waits_until_the_bank_can_be_asked(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    new = new_stall(cast.market_a)
    bank.down, bank.issues = True, False
    stall = services.register(cast.registrar.principal, new)
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (503, "bank_unavailable")


def test_an_account_at_a_bank_that_the_gateway_cannot_see_is_approved_without_a_reason(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    bank.out_of_sight, bank.issues = frozenset({"970436"}), False
    body = {
        "market": cast.market_a,
        "number": "X9",
        "goods_line": "rau",
        "vendor": {"name": "Lê Thị Mẫu", "phone": "0900007777"},
        "account": {"bank_bin": "970436", "account_number": "0011001932418", "holder_name": "LE THI MAU"},
    }
    code = client.post("/api/v1/stalls", json=body, headers=cast.registrar.headers).json["code"]
    answer = client.post(f"/api/v1/stalls/{code}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["account"]["name_check"]) == (200, "not_asked")
    assert answer.json["qr"]["account_number"] == "0011001932418"
    assert answer.json["qr"]["virtual_account"] is None


def test_a_bank_that_could_not_be_asked_is_asked_again(client: FlaskClient, cast: Cast, bank: InMemoryBank) -> None:
    new = new_stall(cast.market_a)
    assert new.account is not None
    bank.down = True
    stall = services.register(cast.registrar.principal, new)
    bank.down = False
    bank.holders[BANK_BIN, new.account.account_number] = "TRAN VAN KHAC"
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (422, "name_differs")


def test_what_changed_while_the_bank_was_asked_is_not_approved_unseen(
    app: Flask, cast: Cast, waiting: str, bank: InMemoryBank
) -> None:
    other = services.AccountGiven(BANK_BIN, "66660000", "KE GIAN")
    bank.meanwhile = lambda: services.propose_account(cast.registrar.principal, waiting, other)
    with pytest.raises(Conflict) as refused:
        services.approve(cast.approver.principal, waiting)
    assert refused.value.code == "changed_meanwhile"


def test_an_account_swapped_since_it_was_seen_is_not_approved(client: FlaskClient, cast: Cast, waiting: str) -> None:
    def account() -> dict[str, str]:
        found: dict[str, str] = client.get(f"/api/v1/stalls/{waiting}", headers=cast.approver.headers).json["account"]
        return found

    seen = account()["fingerprint"]
    body = {"bank_bin": BANK_BIN, "account_number": account()["account_number"], "holder_name": "KE GIAN"}
    client.post(f"/api/v1/stalls/{waiting}/account", json=body, headers=cast.registrar.headers)
    url = f"/api/v1/stalls/{waiting}/approve"
    body = {"seen": seen, "overrule_reason": "đã xem giấy"}
    answer = client.post(url, json=body, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "changed_meanwhile")
    assert "KE GIAN" in answer.json["detail"]
    body["seen"] = account()["fingerprint"]
    assert client.post(url, json=body, headers=cast.approver.headers).status_code == 200


@pytest.mark.parametrize(("seen", "status"), [("none", 200), ("0123456789abcdef01234567", 409)])
def test_a_stall_without_an_account_is_approved_as_seen(
    client: FlaskClient, cast: Cast, seen: str, status: int
) -> None:
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a, with_account=False))
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", json={"seen": seen}, headers=cast.approver.headers)
    assert answer.status_code == status


def test_the_history_tells_who_did_what(app: Flask, cast: Cast, waiting: str) -> None:
    services.approve(cast.approver.principal, waiting)
    with database().reading() as session:
        entries = history(session, stall_by_code(session, waiting))
        told = [(entry.action, entry.user_id) for entry in reversed(entries)]
    approver = cast.approver.principal.user_id
    assert told == [
        ("stall.register", cast.registrar.principal.user_id),
        ("stall.approve", approver),
        ("account.approve", approver),
        ("code.issue", approver),
    ]


def test_a_refused_registration_is_closed_with_its_reason(client: FlaskClient, cast: Cast, waiting: str) -> None:
    answer = client.post(f"/api/v1/stalls/{waiting}/reject", json={"reason": "sai số"}, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["status"], answer.json["account"]) == (200, "closed", None)
    with database().reading() as session:
        stall = stall_by_code(session, waiting)
        assert history(session, stall)[0].reason == "sai số"
        account = session.scalars(select(SettlementAccount).where(SettlementAccount.stall_id == stall.id)).one()
        assert account.status == "rejected"


def test_a_refusal_needs_a_reason(client: FlaskClient, cast: Cast, waiting: str) -> None:
    answer = client.post(f"/api/v1/stalls/{waiting}/reject", json={"reason": " "}, headers=cast.approver.headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("who", ["registrar", "field_agent", "vendor_a", "district_officer", "operator"])
def test_others_may_not_approve(client: FlaskClient, cast: Cast, waiting: str, who: str) -> None:
    answer = client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.everybody()[who].headers)
    assert answer.status_code == 403


def test_another_boards_stall_does_not_exist(client: FlaskClient, cast: Cast, waiting: str) -> None:
    assert client.post(f"/api/v1/stalls/{waiting}/approve", headers=cast.outsider.headers).status_code == 404


def test_a_stall_that_is_not_there_is_not_found(client: FlaskClient, cast: Cast) -> None:
    assert client.post("/api/v1/stalls/DX01-ZZZ/approve", headers=cast.approver.headers).status_code == 404


def test_the_cast_has_two_approved_stalls(cast: Cast) -> None:
    with database().reading() as session:
        stalls = session.scalars(select(Stall).order_by(Stall.code)).all()
        assert [(stall.code, stall.status) for stall in stalls] == [("BL01-B001", "active"), ("DX01-A001", "active")]
