"""What `payments verify` finds when somebody changed what a statement said or what became of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from market.database import database
from payments.reconciliation.models import Difference, Statement, StatementLine
from payments.recording.recorder import recorder
from payments.verification.services import verify
from tests.support.money import coded_stalls, submission
from tests.support.reconciliation import fresh, imported, of, shown

TAMPERINGS: dict[str, tuple[Callable[[], object], str]] = {
    "a line that vanished": (lambda: update(Statement).values(credits_count=3), "lines were changed"),
    "another amount": (lambda: update(Statement).values(credits_vnd=7_000_000), "lines were changed"),
    "unsettled": (lambda: update(StatementLine).values(outcome=None), "of its lines are not"),
    "tied to another amount": (
        lambda: update(StatementLine).where(StatementLine.position == 1).values(amount_vnd=60_000),
        "another amount than what it was tied to",
    ),
    "counted twice": (lambda: update(StatementLine).values(outcome="matched"), "two lines were taken"),
    "closed without an entry": (lambda: update(Difference).values(is_open=False), "against its newest entry"),
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
