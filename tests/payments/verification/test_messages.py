"""The messages that were kept bear witness: whatever they report and is gone, or stands otherwise, must be found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import Update, select, text, update
from sqlalchemy.orm import Session

from core.database import database
from payments.gateways.port import ReportedCredit
from payments.recording.chain import Link, first_unmatched_digest, next_digest
from payments.recording.facts import credit_digest
from payments.recording.models import Credit, GatewayMessage, UnmatchedChainHead, UnmatchedCredit, UnreadableMessage
from payments.verification.report import Report
from payments.verification.services import verify
from tests.support.money import PAID_AT, coded_stalls, credit, notification, signed
from tests.support.reconciliation import fresh, imported, of, shown

URL = "/gateways/simbank/notifications"
LARGE = 40


def send(client: FlaskClient, body: bytes) -> None:
    assert client.post(URL, data=body, headers=signed(body)).status_code == 200


def reversing(one: ReportedCredit, **changes: Any) -> bytes:
    """The message by which the simulated bank tells that it took a credit back."""
    record = {
        "id": f"rv_{one.external_id[:20]}",
        "credit_id": one.external_id,
        "bank_ref": "RV26327000000001",
        "amount_vnd": one.amount_vnd,
        "currency": "VND",
        "reason": "NHAM",
        "booked_at": (PAID_AT + timedelta(hours=1)).isoformat(),
    }
    body = {"type": "credits.reversed", "timestamp": PAID_AT.isoformat(), "data": {"reversals": [record | changes]}}
    return orjson.dumps(body)


def spoil(*statements: str | Update) -> Report:
    """Change stored rows as somebody with the database in hand would, then verify."""
    assert verify(database()).findings == []
    with database().writing() as session:
        for statement in statements:
            session.execute(text(statement) if isinstance(statement, str) else statement)
    return verify(database())


def told(report: Report, words: str) -> bool:
    return any(words in finding for finding in report.findings)


def test_the_newest_payment_removed_with_its_credit_and_its_totals_is_found(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    kept, gone = credit(stall), credit(stall)
    send(client, notification(kept))
    send(client, notification(gone))
    report = spoil(
        "DELETE FROM payments WHERE receipt_number = 2",
        f"DELETE FROM credits WHERE external_id = '{gone.external_id}'",
        "UPDATE stall_chain_heads SET last_receipt_number = 1, last_digest = (SELECT digest FROM payments)",
        "UPDATE stall_days SET payments_count = 1, payments_vnd = 50000",
    )
    assert report.broken == 1
    assert told(report, f"credit {gone.external_id} is not recorded")


def test_one_credit_removed_of_a_large_message_is_found(client: FlaskClient) -> None:
    credits_ = [credit() for _ in range(LARGE)]
    send(client, notification(*credits_))
    report = spoil(
        "DELETE FROM unmatched_credits WHERE credit_id = (SELECT max(id) FROM credits)",
        "DELETE FROM credits WHERE id = (SELECT max(id) FROM credits)",
    )
    assert told(report, "is not recorded; it was removed")


def test_a_message_that_was_changed_is_found(client: FlaskClient) -> None:
    send(client, notification(credit()))
    assert told(spoil(update(GatewayMessage).values(body=b"{}")), "is not what the bank sent any more")


def test_a_message_that_cannot_be_read_any_more_is_found(client: FlaskClient) -> None:
    send(client, notification(credit()))
    assert told(spoil("UPDATE gateway_messages SET gateway = 'nobody'"), "cannot be read any more")


def test_an_unreadable_message_that_was_changed_is_found(client: FlaskClient) -> None:
    body = notification(credit(), type="credits.unheard_of")
    assert client.post(URL, data=body, headers=signed(body)).status_code == 400
    assert told(spoil(update(UnreadableMessage).values(body=b"{}")), "is not what the bank sent any more")


def test_what_was_repeated_in_another_message_is_sound(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    one = credit(stall)
    send(client, notification(one))
    send(client, notification(one, credit(stall)))
    assert verify(database()).findings == []


def test_a_contradiction_that_was_removed_is_found(client: FlaskClient) -> None:
    one = credit()
    send(client, notification(one))
    send(client, notification(credit(external_id=one.external_id, amount_vnd=60_000)))
    report = spoil("DELETE FROM credit_conflicts")
    assert told(report, f"credit {one.external_id} is recorded otherwise, and no contradiction is noted")


def test_a_contradiction_that_was_played_down_is_found(client: FlaskClient) -> None:
    one = credit()
    send(client, notification(one))
    send(client, notification(credit(external_id=one.external_id, amount_vnd=60_000)))
    assert told(spoil("UPDATE credit_conflicts SET amount_vnd = 50001"), "no contradiction is noted")


def with_an_alias(client: FlaskClient) -> ReportedCredit:
    """A credit that a statement brought without the gateway's id, which its notification gave it afterwards."""
    (stall,) = coded_stalls(1)
    one, other = fresh(stall), fresh(stall)
    imported(of(stall, shown(one), shown(other)))
    send(client, notification(one))
    return one


def test_an_alias_that_was_removed_is_found(client: FlaskClient) -> None:
    one = with_an_alias(client)
    assert told(spoil("DELETE FROM credit_aliases"), f"credit {one.external_id} is not recorded")


def test_an_alias_that_leads_elsewhere_is_found(client: FlaskClient) -> None:
    one = with_an_alias(client)
    elsewhere = "SELECT id FROM credits WHERE id NOT IN (SELECT credit_id FROM credit_aliases)"
    report = spoil(f"UPDATE credit_aliases SET credit_id = ({elsewhere})")
    assert told(report, f"credit {one.external_id} is an alias of a credit that it does not fit")


def test_an_alias_of_what_a_notification_brought_is_found(client: FlaskClient) -> None:
    with_an_alias(client)
    send(client, notification(credit()))
    notified = "SELECT id FROM credits WHERE origin = 'notification'"
    report = spoil(f"UPDATE credit_aliases SET credit_id = ({notified})")
    assert told(report, "is an alias of a credit that it cannot be")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM reversals", "is not recorded; it was removed"),
        ("UPDATE reversals SET amount_vnd = 1", "no contradiction is noted"),
        ("UPDATE reversals SET credit_external_id = 'another'", "no contradiction is noted"),
    ],
)
def test_a_reversal_that_waits_and_was_removed_or_changed_is_found(
    client: FlaskClient, statement: str, words: str
) -> None:
    send(client, reversing(credit()))
    assert told(spoil(statement), words)


def test_a_reversal_that_was_repeated_is_sound(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    one = credit(stall)
    send(client, notification(one))
    send(client, reversing(one))
    send(client, reversing(one, memo="again"))
    assert verify(database()).findings == []


def test_a_contradicted_reversal_whose_contradiction_was_removed_is_found(client: FlaskClient) -> None:
    one = credit()
    send(client, reversing(one))
    send(client, reversing(one, amount_vnd=40_000))
    assert told(spoil("DELETE FROM reversal_conflicts"), "no contradiction is noted")


def rewrite(session: Session, **facts: Any) -> None:
    """Change the one credit, which waits for a person, and compute its digest and the chain anew."""
    session.execute(update(Credit).values(**facts))
    changed = session.scalars(select(Credit)).one()
    changed.digest = credit_digest(changed.gateway, changed)
    waiting = session.scalars(select(UnmatchedCredit)).one()
    link = Link(0, waiting.number, changed.digest, waiting.recorded_at)
    waiting.digest = next_digest(first_unmatched_digest(), link)
    session.get_one(UnmatchedChainHead, 1).last_digest = waiting.digest


def test_a_credit_rewritten_with_its_chain_is_found(client: FlaskClient) -> None:
    send(client, notification(credit()))
    with database().writing() as session:
        rewrite(session, content="another text")
    assert told(verify(database()), "is recorded otherwise")


def test_which_bank_its_words_meant_stands_as_it_was_recorded(client: FlaskClient) -> None:
    send(client, notification(credit()))
    with database().writing() as session:
        rewrite(session, bank_bin=None)
    assert verify(database()).findings == []


def test_a_reversal_that_forgot_its_credit_by_the_alias_is_found(client: FlaskClient) -> None:
    send(client, reversing(with_an_alias(client)))
    report = spoil("UPDATE reversals SET credit_id = NULL")
    assert told(report, "was not booked on the payment that is here")


def test_the_command_finds_it_as_well(app: Flask, client: FlaskClient) -> None:
    """It reads messages in a process of their own."""
    send(client, notification(credit()))
    spoil(update(GatewayMessage).values(body=b"{}"))
    result = FlaskCliRunner(app).invoke(args=["payments", "verify"])
    assert result.exit_code == 1
    assert "is not what the bank sent any more" in result.output
