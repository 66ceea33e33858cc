"""What `payments verify` finds when somebody changed what a statement said or what became of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from core.database import database
from payments.container import recorder
from payments.reconciliation.models import Discrepancy, Statement, StatementLine
from payments.recording.models import Credit, CreditAlias
from payments.verification.services import verify
from tests.support.money import coded_stalls, submission
from tests.support.reconciliation import fresh, imported, of, shown

TAMPERINGS: dict[str, tuple[Callable[[], object], str]] = {
    "a line that vanished": (lambda: update(Statement).values(credits_count=3), "lines were changed"),
    "another amount": (lambda: update(Statement).values(credits_vnd=7_000_000), "lines were changed"),
    "unprocessed": (lambda: update(StatementLine).values(outcome=None), "of its lines are not"),
    "tied to another amount": (
        lambda: update(StatementLine).where(StatementLine.position == 1).values(amount_vnd=60_000),
        "another amount than what it was tied to",
    ),
    "counted twice": (lambda: update(StatementLine).values(outcome="matched"), "two lines were taken"),
    "tied to nothing": (
        lambda: update(StatementLine).where(StatementLine.position == 1).values(credit_id=None),
        "line 1: what it was tied to is not there",
    ),
    "a discrepancy that was removed": (lambda: delete(Discrepancy), "its discrepancy was removed from the work list"),
    "a discrepancy that was played down": (
        lambda: update(Discrepancy).values(bank_vnd=1),
        "its discrepancy says 1 đồng, the bank 50000",
    ),
    "the gateway's id of another credit": (
        lambda: update(StatementLine).where(StatementLine.position == 1).values(external_id="another"),
        "names another credit than it was tied to",
    ),
    "closed without an entry": (lambda: update(Discrepancy).values(is_open=False), "against its newest entry"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(app: Flask, name: str) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=50_000)
    recorder().record(submission(one))
    imported(of(stall, shown(one), shown(one)))
    assert verify(database()).sound
    tamper, sentence = TAMPERINGS[name]
    with database().writing() as session:
        session.execute(tamper())
    assert any(sentence in finding for finding in verify(database()).findings)


def test_an_alias_that_was_moved_to_another_credit_is_found(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one, other = fresh(stall), fresh(stall)
    imported(of(stall, shown(one), shown(other)))
    recorder().record(submission(one))
    imported(of(stall, shown(one, by_id=True), shown(other)))
    assert verify(database()).sound
    with database().writing() as session:
        free = select(Credit.id).where(Credit.id.not_in(select(CreditAlias.credit_id))).scalar_subquery()
        session.execute(update(CreditAlias).values(credit_id=free))
    assert any("names another credit" in finding for finding in verify(database()).findings)


def test_a_name_that_the_gateway_gave_in_a_statement_alone_is_sound(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    imported(of(stall, shown(one)))
    imported(of(stall, shown(one, by_id=True)))
    assert verify(database()).findings == []
