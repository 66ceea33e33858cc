from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import vietqr
from core.database import database
from tests.support.bank import InMemoryBank
from tests.support.cast import BANK_BIN, Cast, approved_stall
from vendors.codes.models import PaymentCode
from vendors.stalls.models import SettlementAccount

OTHER = {"bank_bin": BANK_BIN, "account_number": "88880000", "holder_name": "Nguyễn Thị Mới"}


@pytest.fixture(autouse=True)
def known(bank: InMemoryBank) -> None:
    """The bank knows the other account under the same name."""
    bank.holders[BANK_BIN, OTHER["account_number"]] = OTHER["holder_name"]


def test_another_account_waits_while_the_present_one_stays_in_force(client: FlaskClient, cast: Cast) -> None:
    before = client.get(f"/api/v1/stalls/{cast.stall_a}", headers=cast.registrar.headers).json
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.registrar.headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["account"] == before["account"]
    assert answer.json["qr"] == before["qr"]
    assert answer.json["proposed_account"]["holder_name"] == "NGUYEN THI MOI"


def test_its_approval_revokes_the_code_and_issues_the_next(client: FlaskClient, cast: Cast, bank: InMemoryBank) -> None:
    bank.issues = False
    client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.registrar.headers)
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/approve", headers=cast.approver.headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["account"]["account_number"] == "88880000"
    assert answer.json["proposed_account"] is None
    assert answer.json["qr"]["version"] == 2
    assert vietqr.decode(answer.json["qr"]["payload"]).account_number == "88880000"
    with database().reading() as session:
        first, second = session.scalars(
            select(PaymentCode).where(PaymentCode.stall_id == cast.stall_a_id).order_by(PaymentCode.version)
        )
        # Changed on one day, the stall had a code on every day.
        assert first.until_day == second.from_day
        assert (first.revoked_at is None, second.revoked_at) == (False, None)
        statuses = session.scalars(
            select(SettlementAccount.status)
            .where(SettlementAccount.stall_id == cast.stall_a_id)
            .order_by(SettlementAccount.id)
        ).all()
        assert statuses == ["past", "current"]


def test_who_proposed_it_cannot_approve_it(client: FlaskClient, cast: Cast) -> None:
    client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.admin.headers)
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/approve", headers=cast.admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "same_person")


def test_a_refused_account_leaves_everything_as_it_was(client: FlaskClient, cast: Cast) -> None:
    before = client.get(f"/api/v1/stalls/{cast.stall_a}", headers=cast.registrar.headers).json
    client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.registrar.headers)
    answer = client.post(
        f"/api/v1/stalls/{cast.stall_a}/reject", json={"reason": "không phải của cô ấy"}, headers=cast.approver.headers
    )
    assert answer.json == before


def test_a_second_proposal_takes_the_firsts_place(client: FlaskClient, cast: Cast) -> None:
    for number in ("88880000", "88880001"):
        body = OTHER | {"account_number": number}
        answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=body, headers=cast.registrar.headers)
    assert answer.json["proposed_account"]["account_number"] == "88880001"


def test_a_stall_without_an_account_gets_its_first_code(client: FlaskClient, cast: Cast) -> None:
    stall = approved_stall(cast.registrar.principal, cast.approver.principal, cast.market_a, with_account=False)
    client.post(f"/api/v1/stalls/{stall.code}/account", json=OTHER, headers=cast.registrar.headers)
    answer = client.post(f"/api/v1/stalls/{stall.code}/approve", headers=cast.approver.headers)
    assert answer.json["qr"]["version"] == 1


def test_the_present_account_cannot_be_proposed_again(client: FlaskClient, cast: Cast) -> None:
    stall = client.get(f"/api/v1/stalls/{cast.stall_a}", headers=cast.registrar.headers).json
    body = {name: stall["account"][name] for name in ("bank_bin", "account_number", "holder_name")}
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=body, headers=cast.registrar.headers)
    assert answer.status_code == 422


def test_a_closed_stall_takes_no_account(client: FlaskClient, cast: Cast) -> None:
    client.post(f"/api/v1/stalls/{cast.stall_a}/close", json={"reason": "nghỉ"}, headers=cast.approver.headers)
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.registrar.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")


@pytest.mark.parametrize("who", ["vendor_a", "approver", "field_agent", "commune_officer"])
def test_others_may_not_propose_one(client: FlaskClient, cast: Cast, who: str) -> None:
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.everybody()[who].headers)
    assert answer.status_code == 403


def test_another_boards_stall_does_not_exist(client: FlaskClient, cast: Cast) -> None:
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/account", json=OTHER, headers=cast.outsider.headers)
    assert answer.status_code == 404
