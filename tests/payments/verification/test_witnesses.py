"""Rows that lost what they were made from, or name something else for it: each is made on purpose and must be found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core import clock
from core.database import database
from core.permissions.principal import SYSTEM, Grant, Principal
from core.permissions.roles import Role, Scope
from payments.live.container import LiveContainer
from payments.reconciliation.services import pull
from payments.recording.queries import payments_after
from payments.recording.recorder import commit
from payments.refunds.models import RefundState
from payments.refunds.services import order_refund
from payments.requests.services import ask
from payments.verification import messages
from payments.verification.report import Report
from payments.verification.services import verify
from tests.payments.verification.test_messages import reversing
from tests.payments.verification.test_verification import spoil
from tests.support.beside import BankBeside
from tests.support.money import PAID_AT, coded_stalls, notification, signed, submission
from tests.support.reconciliation import discrepancies, fresh, imported, of, of_all_kinds, outcomes, shown
from tests.support.refunds import RefundingBank
from tests.support.statements import details, entry

URL = "/gateways/simbank/notifications"


def told(report: Report, words: str) -> bool:
    return any(words in finding for finding in report.findings)


@pytest.mark.parametrize("by_id", [False, True])
def test_what_a_statement_brought_and_says_otherwise_is_found(app: Flask, by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    commit(database(), [submission(fresh(stall))])
    imported(of(stall, shown(fresh(stall), by_id=by_id)))
    assert verify(database()).findings == []
    report = spoil("UPDATE credits SET origin = 'notification'")
    assert report.broken == 1
    assert told(report, "did not come by the way that it says")


def test_what_a_message_brought_and_says_otherwise_is_found(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    commit(database(), [submission(fresh(stall))])
    report = spoil("UPDATE credits SET origin = 'statement', message_id = 7")
    assert told(report, "did not come by the way that it says")


def test_there_is_no_third_way(app: Flask) -> None:
    commit(database(), [submission(fresh())])
    with pytest.raises(IntegrityError), database().writing() as session:
        session.execute(text("UPDATE credits SET origin = 'notificationx'"))


def send(client: FlaskClient, body: bytes) -> None:
    assert client.post(URL, data=body, headers=signed(body)).status_code == 200


@pytest.fixture
def named(client: FlaskClient) -> None:
    """Credits, an alias, contradictions and reversals, each reported by a message of its own."""
    (stall,) = coded_stalls(1)
    one, listed = fresh(stall), fresh(stall)
    imported(of(stall, shown(listed)))
    for body in (
        notification(one),
        notification(replace(one, amount_vnd=60_000)),
        notification(listed),
        notification(one, fresh()),
        reversing(one),
        reversing(one, amount_vnd=40_000),
        reversing(listed, bank_ref="RV2"),
    ):
        send(client, body)
    assert verify(database()).findings == []


@pytest.mark.parametrize("table", ["credits", "credit_aliases", "credit_conflicts", "reversals", "reversal_conflicts"])
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE {} SET message_id = message_id - 1 WHERE message_id IS NOT NULL", "which does not report it"),
        ("UPDATE {} SET message_id = 99 WHERE message_id IS NOT NULL", "names message #99, which was removed"),
        ("DELETE FROM gateway_messages WHERE id IN (SELECT message_id FROM {})", "which was removed"),
    ],
)
def test_what_names_a_message_that_does_not_tell_it_is_found(
    named: None, table: str, statement: str, words: str
) -> None:
    assert told(spoil(statement.format(table)), words)


def test_all_messages_removed_are_found(client: FlaskClient) -> None:
    send(client, notification(fresh(), fresh()))
    assert spoil("DELETE FROM gateway_messages").broken == 2


@pytest.mark.parametrize("message_id", [1, 2, 3])
def test_in_many_pieces_each_credit_is_held_against_its_message(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, message_id: int
) -> None:
    monkeypatch.setattr(messages, "MESSAGES_AT_ONCE", 1)
    ones = [fresh() for _ in range(3)]
    for one in ones:
        send(client, notification(one))
    others = spoil(f"UPDATE credits SET message_id = {message_id}")
    assert others.broken == 2


def test_a_reversal_that_nothing_tells_of_is_found(app: Flask) -> None:
    one = fresh()
    commit(database(), [submission(one)])
    at = "'2026-11-23 01:00:00.000000+00:00'" if not database().is_sqlite else "'2026-11-23 01:00:00.000000'"
    report = spoil(
        "INSERT INTO reversals (gateway, external_id, credit_external_id, bank_ref, amount_vnd, reason, booked_at, "
        f"recorded_at, credit_id) SELECT gateway, 'made', external_id, '', 50000, '', {at}, {at}, id FROM credits"
    )
    assert told(report, "reversal simbank/made: no message and no statement tells of it like this")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE refunds SET request_id = 'rf_other'", "refund rf_other: nobody ordered it by this id"),
        ("UPDATE refunds SET request_id = 'rf_other'", "was ordered, and is not here; it was removed"),
        ("UPDATE refunds SET reason = 'another'", "is not what was ordered"),
        ("UPDATE refunds SET requested_by_id = 1", "is not what was ordered"),
        ("UPDATE refunds SET payment_id = 2", "is not what was ordered"),
        ("UPDATE refunds SET amount_vnd = 9000", "is not what was ordered"),
        ("DELETE FROM refunds", "was ordered, and is not here; it was removed"),
    ],
)
def test_a_refund_that_was_not_ordered_like_this_is_found(app: Flask, statement: str, words: str) -> None:
    bank = RefundingBank()
    bank.silent = True
    LiveContainer.of(app).gateways["simbank"] = bank
    (stall,) = coded_stalls(1)
    commit(database(), [submission(fresh(stall), fresh(stall))])
    with database().reading() as session:
        first, _second = payments_after(session, stall.id, 0, 2)
    vendor = Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))
    assert order_refund(vendor, first.id, 10_000, "tra lai", "k1").state == RefundState.UNKNOWN
    assert verify(database()).findings == []
    assert told(spoil(statement), words)


def test_a_payment_whose_request_was_removed_is_found(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    vendor = Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))
    made = ask(vendor, stall.code, 50_000, key="k1")
    commit(database(), [submission(fresh(stall, content=made.reference, paid_at=clock.now()))])
    assert verify(database()).findings == []
    assert told(spoil("DELETE FROM payment_requests"), "was made for request #1, which was removed")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM statements", "statement 1: was removed, and 2 rows of statement_lines are of it"),
        ("DELETE FROM statements", "statement 1: was removed, and 1 rows of statement_accounts are of it"),
        ("DELETE FROM statements", "statement 1: was removed, and 1 rows of discrepancies are of it"),
        ("DELETE FROM statement_accounts", "and says nothing of it"),
        ("UPDATE statement_accounts SET account_number = 'another'", "and says nothing of it"),
        ("UPDATE statement_accounts SET account_number = NULL", "speaks for other accounts or times"),
        ("UPDATE statements SET source = 'table'", "speaks for other accounts or times"),
        ("UPDATE statement_accounts SET opening_vnd = 0", "are 95000 đồng apart, its lines move 90000"),
        ("UPDATE statement_accounts SET closing_vnd = 0", "are -5000 đồng apart, its lines move 90000"),
        ("UPDATE statements SET since = until", "is of another time than its lines"),
    ],
)
def test_a_statement_that_lost_a_part_is_found(app: Flask, statement: str, words: str) -> None:
    (stall,) = coded_stalls(1)
    nameless = fresh(stall, amount_vnd=40_000, paid_at=PAID_AT + timedelta(hours=1))
    entries = (shown(fresh(stall)), shown(nameless, bank_ref=""))
    imported(of(stall, *entries, opening=5_000, closing=95_000))
    assert verify(database()).findings == []
    assert told(spoil(statement), words)


@pytest.mark.parametrize("change", ["since = until", "account_number = '1'", "statement_id = 2"])
def test_a_window_that_was_pulled_and_moved_is_found(app: Flask, simulated_bank: BankBeside, change: str) -> None:
    (stall,) = coded_stalls(1)
    simulated_bank.pay(simulated_bank.keep(stall), 50_000)
    now = clock.now()
    pull(SYSTEM, LiveContainer.of(app).gateways["simbank"], now - timedelta(hours=1), now)
    assert verify(database()).findings == []
    assert told(spoil(f"UPDATE statement_accounts SET {change}"), "speaks for other accounts or times")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("gateway = 'sepay'", "what is booked for it does not fit"),
        ("gateway = 'sepay'", "is not of the credit that it names"),
        ("external_id = 'statement-1'", "what is booked for it does not fit"),
        ("booked_at = recorded_at", "what is booked for it does not fit"),
        ("booked_at = recorded_at", "no message and no statement tells of it like this"),
        ("credit_external_id = 'another'", "is not of the credit that it names"),
        ("bank_ref = 'another'", "no message and no statement tells of it like this"),
        ("reason = 'another'", "no message and no statement tells of it like this"),
    ],
)
def test_a_reversal_that_a_statement_brought_and_was_changed_is_found(app: Flask, change: str, words: str) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    commit(database(), [submission(one)])
    named = details(refs=f"<Prtry><Tp>CREDIT_ID</Tp><Ref>{one.external_id}</Ref></Prtry>", text="NHAM")
    imported(of(stall, shown(one, way="DBIT", reversal="true", bank_ref="RV1", details=named)))
    assert outcomes(1) == [("recorded", None)]
    assert verify(database()).findings == []
    assert told(spoil(f"UPDATE reversals SET {change}"), words)


def test_money_that_was_called_an_ordinary_debit_is_found(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    imported(of(stall, shown(fresh(stall), bank_ref=""), entry(12_000, way="DBIT", bank_ref="FT9", note="phi")))
    report = spoil("UPDATE statement_lines SET reason = 'ordinary_debit'", "DELETE FROM discrepancies")
    assert report.broken == 1
    assert told(report, "statement 1, line 1: is unknown, and its discrepancy was removed from the work list")


@pytest.mark.parametrize("kind", ["duplicate", "unknown", "finding", "missing_at_bank"])
@pytest.mark.parametrize(
    "change",
    [
        "kind = 'different'",
        "reason = 'account'",
        "our_vnd = 7",
        "bank_vnd = 7",
        "gateway = 'sepay'",
        "key = 'another'",
        "line_id = NULL, credit_id = 3",
        "happened_at = opened_at",
    ],
)
def test_a_discrepancy_that_was_changed_is_found(app: Flask, kind: str, change: str) -> None:
    (stall,) = coded_stalls(1)
    commit(database(), [submission(fresh(stall))])
    twice = fresh(stall)
    imported(of(stall, shown(twice), shown(twice), shown(fresh(stall), bank_ref="")))
    imported(of_all_kinds())
    assert {one.kind for one in discrepancies()} >= {kind}
    assert verify(database()).findings == []
    assert told(spoil(f"UPDATE discrepancies SET {change} WHERE id = {DIFFERENCE_OF.format(kind)}"), "is not as it was")


DIFFERENCE_OF = "(SELECT min(id) FROM discrepancies WHERE kind = '{}')"


@pytest.mark.parametrize("change", ["line_id = 99", "line_id = NULL, credit_id = 99"])
def test_a_discrepancy_about_nothing_is_found(app: Flask, change: str) -> None:
    (stall,) = coded_stalls(1)
    imported(of(stall, shown(fresh(stall), bank_ref="")))
    assert told(spoil(f"UPDATE discrepancies SET {change}"), "discrepancy 1: what it is about was removed")
