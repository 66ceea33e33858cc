"""Each way in which the money could be wrong is made on purpose, past all guards, and must be found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from core.database import database
from payments.recording.recorder import commit
from payments.verification.report import Report
from payments.verification.services import verify
from tests.support.money import coded_stalls, credit, submission

RAISE_ITS_CREDIT = (
    "UPDATE credits SET amount_vnd = 90000 WHERE id = (SELECT credit_id FROM payments WHERE amount_vnd = 90000)"
)
RAISE_THE_UNMATCHED_CREDIT = (
    "UPDATE credits SET amount_vnd = 999999 WHERE id = (SELECT credit_id FROM unmatched_credits)"
)
ANOTHER_MARKET = "SELECT max(id) FROM markets"
PUT_ON_THE_WORK_LIST_AS_WELL = (
    "INSERT INTO unmatched_credits (credit_id, assignment, number, reason, recorded_at, digest) "
    "SELECT credit_id, 1, 1000 + id, 'no_match', recorded_at, digest FROM payments WHERE receipt_number = 1"
)


def spoil(*statements: str) -> Report:
    """Change stored rows as somebody with the database in hand would, past foreign keys as well; then verify."""
    if database().is_sqlite:
        # By a connection of its own: one of ours has them enforced.
        with closing(sqlite3.connect(str(database().engine.url.database))) as connection, connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with database().writing() as session:
            for statement in ("SET LOCAL session_replication_role = replica", *statements):
                session.execute(text(statement))
    return verify(database())


@pytest.fixture
def three_payments(app: Flask) -> None:
    """A stall with three payments, another with one, and one credit without a stall."""
    first, second = coded_stalls(2)
    commit(database(), [submission(credit(first), credit(first), credit(first), credit(second), credit())])
    coded_stalls(1)  # another market


def test_what_the_recorder_wrote_is_sound(three_payments: None) -> None:
    report = verify(database())
    assert report.findings == []
    assert (report.credits, report.payments, report.unmatched, report.stalls) == (5, 4, 1, 2)
    assert report.payments_vnd == 200_000


@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        (
            ["UPDATE payments SET amount_vnd = 90000 WHERE receipt_number = 2"],
            "90000 đồng, but its credit says another amount",
        ),
        (["UPDATE payments SET matched_by = 'person' WHERE receipt_number = 1"], "nobody assigned it"),
        (["UPDATE payments SET assignment = 1 WHERE receipt_number = 1"], "nobody assigned it"),
        (["UPDATE credits SET content = 'another text'"], "is not what the bank reported any more"),
        (["UPDATE credits SET payer_name = NULL"], "is not what the bank reported any more"),
        (["UPDATE credits SET virtual_account = 'SB40'"], "is not what the bank reported any more"),
        ([RAISE_THE_UNMATCHED_CREDIT], "is not what the bank reported any more"),
        ([f"UPDATE payments SET market_id = ({ANOTHER_MARKET})"], "rows of payments name another market"),
        ([f"UPDATE stall_days SET market_id = ({ANOTHER_MARKET})"], "rows of stall_days name another market"),
        (
            [f"UPDATE stall_chain_heads SET market_id = ({ANOTHER_MARKET})"],
            "rows of stall_chain_heads name another market",
        ),
        (["DELETE FROM stall_operations"], "is active, and has 0 open stretches"),
        (["UPDATE stalls SET status = 'suspended'"], "is suspended, and has 1 open stretches"),
        (
            [
                "UPDATE payments SET amount_vnd = 90000 WHERE receipt_number = 2",
                RAISE_ITS_CREDIT,
                "UPDATE stall_days SET payments_vnd = payments_vnd + 40000 WHERE payments_count = 3",
            ],
            "the chain is broken",
        ),
        (["DELETE FROM payments WHERE receipt_number = 2"], "numbers are missing or repeated"),
        (["DELETE FROM payments WHERE receipt_number = 3"], "the chain head stands at receipt 3"),
        (["DELETE FROM payments WHERE receipt_number = 2"], "stands nowhere"),
        (["UPDATE payments SET receipt_number = 7 WHERE receipt_number = 3"], "follows receipt 2"),
        (["UPDATE stall_days SET payments_vnd = payments_vnd - 1"], "the day's totals are"),
        (["UPDATE stall_days SET payments_count = payments_count + 1"], "the day's totals are"),
        (["DELETE FROM stall_days"], "its rows add up to"),
        (["UPDATE stall_days SET cash_count = 1, cash_vnd = 5000"], "the day's totals are"),
        (["UPDATE stall_chain_heads SET last_receipt_number = last_receipt_number + 1"], "by the side"),
        (["DELETE FROM stall_chain_heads"], "has payments and no chain head"),
        (["UPDATE payments SET market_day = '2026-11-20' WHERE receipt_number = 1"], "counted on 2026-11-20"),
        (["DELETE FROM unmatched_credits"], "stands nowhere"),
        (
            [PUT_ON_THE_WORK_LIST_AS_WELL],
            "stands twice",
        ),
        (["DELETE FROM payments", "DELETE FROM stall_days"], "the chain head counts payments that are not there"),
    ],
)
def test_it_finds(three_payments: None, statements: list[str], finding: str) -> None:
    report = spoil(*statements)
    assert not report.sound
    assert any(finding in sentence for sentence in report.findings), report.findings


def test_a_day_of_a_stall_without_payments_is_found(three_payments: None) -> None:
    (quiet,) = coded_stalls(1)
    report = spoil(
        "INSERT INTO stall_days (stall_id, market_day, market_id, payments_count, payments_vnd, cash_count, cash_vnd) "
        f"VALUES ({quiet.id}, '{date(2026, 11, 23)}', {quiet.market_id}, 1, 5000, 0, 0)"
    )
    assert report.broken == 1


def test_many_findings_are_counted_and_the_first_are_told(app: Flask) -> None:
    stalls = coded_stalls(60)
    commit(database(), [submission(*(credit(stall) for stall in stalls))])
    report = spoil("UPDATE stall_days SET payments_vnd = payments_vnd + 1")
    assert report.broken == 60
    assert len(report.findings) == 50


def test_the_command_says_that_all_is_sound(app: Flask, three_payments: None) -> None:
    result = FlaskCliRunner(app).invoke(args=["payments", "verify"])
    assert result.exit_code == 0, result.output
    assert "sound: every invariant holds" in result.output


def test_the_command_reports_and_fails_when_something_is_broken(app: Flask, three_payments: None) -> None:
    spoil("UPDATE stall_days SET payments_vnd = payments_vnd + 1")
    result = FlaskCliRunner(app).invoke(args=["payments", "verify"])
    assert result.exit_code == 1
    assert "broken: stall" in result.output
