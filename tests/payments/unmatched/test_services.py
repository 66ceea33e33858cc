from __future__ import annotations

import threading
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.database import database
from core.errors import Forbidden, NotFound
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from payments.recording.booking import write_payments
from payments.recording.models import Credit, Payment, StallDay
from payments.recording.queries import PaymentState, payments_after
from payments.recording.recorder import commit
from payments.refunds.services import give_cash_refund
from payments.unmatched import services
from payments.unmatched.errors import AlreadyAssigned, AlreadyUnassigned, MoneyWentBack, NotAssignedByPerson
from payments.verification.services import verify
from tests.support.cast import Cast
from tests.support.money import CodedStall, coded_stalls, credit, submission

ADMIN = Principal(None, "Lệnh", (Grant(Role.ADMIN, Scope.EVERYWHERE),))


@pytest.fixture(autouse=True)
def _sound_in_the_end(app: Flask) -> object:
    yield
    assert verify(database()).findings == []


@pytest.fixture
def stalls(app: Flask) -> list[CodedStall]:
    return coded_stalls(2)


@pytest.fixture
def stray(app: Flask) -> int:
    """A credit that belongs to nobody yet."""
    one = credit(None)
    commit(database(), [submission(one)])
    with database().reading() as session:
        return session.scalars(select(Credit.id).where(Credit.external_id == one.external_id)).one()


def states(stall: CodedStall) -> list[PaymentState]:
    with database().reading() as session:
        return [payment.state for payment in payments_after(session, stall.id, 0, 99)]


class Broken(Exception):
    sqlstate = "40P01"


def test_what_the_database_breaks_for_anothers_sake_is_tried_again(stalls: list[CodedStall], stray: int) -> None:
    broken = [OperationalError("COMMIT", None, Broken())]

    def book(session: Session, chains: object, *given: object) -> None:
        write_payments(session, chains, *given)
        if broken:
            raise broken.pop()

    with mock.patch.object(services, "write_payments", book):
        payment = services.assign(ADMIN, stray, stalls[0].code, "nguoi ban nho ra")
    assert (payment.receipt_number, broken) == (1, [])


def test_it_becomes_the_stalls_next_payment(stalls: list[CodedStall], stray: int) -> None:
    commit(database(), [submission(credit(stalls[0]))])
    payment = services.assign(ADMIN, stray, stalls[0].code, "nguoi ban nho ra")
    assert (payment.receipt_number, payment.matched_by, payment.amount_vnd) == (2, "person", 50_000)
    with database().reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "unmatched.assign")).one()
    assert (entry.reason, entry.after["stall"]) == ("nguoi ban nho ra", stalls[0].code)


def test_it_is_assigned_once(stalls: list[CodedStall], stray: int) -> None:
    services.assign(ADMIN, stray, stalls[0].code, "dung")
    for stall in stalls:
        with pytest.raises(AlreadyAssigned):
            services.assign(ADMIN, stray, stall.code, "lai")


def test_several_at_once_assign_it_once(app: Flask, stalls: list[CodedStall], stray: int) -> None:
    outcomes: list[str] = []

    def one(stall: CodedStall) -> None:
        with app.app_context():
            try:
                services.assign(ADMIN, stray, stall.code, "dung")
                outcomes.append("assigned")
            except AlreadyAssigned:
                outcomes.append("too late")

    threads = [threading.Thread(target=one, args=(stall,)) for stall in stalls * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["assigned"] + ["too late"] * 5


def test_it_is_taken_back_by_an_entry_and_may_be_given_to_another(stalls: list[CodedStall], stray: int) -> None:
    first = services.assign(ADMIN, stray, stalls[0].code, "dung")
    services.unassign(ADMIN, first.id, "nham sap")
    assert states(stalls[0]) == [PaymentState.UNASSIGNED]
    with database().reading() as session:
        assert session.scalars(select(StallDay.payments_vnd)).all() == [0]
    services.assign(ADMIN, stray, stalls[1].code, "dung")
    assert (states(stalls[0]), states(stalls[1])) == ([PaymentState.UNASSIGNED], [PaymentState.RECEIVED])
    with pytest.raises(AlreadyUnassigned):
        services.unassign(ADMIN, first.id, "lan nua")
    with database().reading() as session:
        assert [payment.assignment for payment in session.scalars(select(Payment).order_by(Payment.id))] == [0, 1]


def test_it_may_go_to_the_same_stall_again(stalls: list[CodedStall], stray: int) -> None:
    for _ in range(3):
        services.unassign(ADMIN, services.assign(ADMIN, stray, stalls[0].code, "dung").id, "nham")
    services.assign(ADMIN, stray, stalls[0].code, "dung")
    assert states(stalls[0]) == [PaymentState.UNASSIGNED] * 3 + [PaymentState.RECEIVED]


def test_a_repeated_notification_changes_nothing(stalls: list[CodedStall]) -> None:
    one = credit(None)
    commit(database(), [submission(one)])
    with database().reading() as session:
        credit_id = session.scalars(select(Credit.id)).one()
    payment = services.assign(ADMIN, credit_id, stalls[0].code, "dung")
    services.unassign(ADMIN, payment.id, "nham")
    assert commit(database(), [submission(one)])[0].duplicates == 1


def test_what_the_bank_decided_is_not_a_persons_to_take_back(stalls: list[CodedStall]) -> None:
    commit(database(), [submission(credit(stalls[0]))])
    with database().reading() as session:
        payment_id = session.scalars(select(Payment.id)).one()
    with pytest.raises(NotAssignedByPerson):
        services.unassign(ADMIN, payment_id, "nham")


def test_nor_is_what_went_back(stalls: list[CodedStall], stray: int) -> None:
    payment = services.assign(ADMIN, stray, stalls[0].code, "dung")
    give_cash_refund(ADMIN, payment.id, 1_000, "tap 1")
    with pytest.raises(MoneyWentBack):
        services.unassign(ADMIN, payment.id, "nham")


def test_nobody_reaches_outside_their_grant(stalls: list[CodedStall], stray: int) -> None:
    board = Principal(None, "Ban", (Grant(Role.APPROVER, Scope.MARKET, stalls[0].market_id),))
    with pytest.raises(NotFound):
        services.assign(board, stray, stalls[0].code, "dung")
    vendor = Principal(None, "Bán", (Grant(Role.VENDOR, Scope.STALL, stalls[0].id),))
    with pytest.raises(Forbidden):
        services.assign(vendor, stray, stalls[0].code, "dung")
    with pytest.raises(NotFound):
        services.assign(ADMIN, stray, "ZZ99-Z999", "dung")


def test_the_calls(client: FlaskClient, cast: Cast, stray: int) -> None:
    address, headers = f"/api/v1/unmatched/{stray}/assign", cast.operator.headers
    missing = client.post(address, json={"stall": cast.stall_a}, headers=headers)
    assert (missing.status_code, list(missing.json["errors"])) == (422, ["reason"])
    made = client.post(address, json={"stall": cast.stall_a, "reason": "dung"}, headers=headers)
    assert (made.status_code, made.json["matched_by"], made.json["receipt_number"]) == (201, "person", 1)
    assert client.get("/api/v1/unmatched", headers=headers).json["items"] == []
    again = client.post(address, json={"stall": cast.stall_a, "reason": "dung"}, headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "already_assigned")
    back = client.post(f"/api/v1/payments/{made.json['id']}/unassign", json={"reason": "nham"}, headers=headers)
    assert back.status_code == 204
    (item,) = client.get("/api/v1/unmatched", headers=headers).json["items"]
    assert (item["id"], item["reason"]) == (stray, "unassigned")
