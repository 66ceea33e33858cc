"""Rows that lost what they were made from, or name something else for it: each is made on purpose and must be found."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from market.database import database
from payments.recording.recorder import commit
from payments.verification.report import Report
from payments.verification.services import verify
from tests.payments.test_verification import spoil
from tests.support.money import coded_stalls, submission
from tests.support.reconciliation import fresh, imported, of, shown


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
