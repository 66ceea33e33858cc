"""Plans that PostgreSQL makes while tables are as yet empty, and keeps, must not read whole tables later."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.database import database
from payments.recording import ledger
from payments.recording.ingest import Message, Submission
from payments.recording.recorder import commit
from tests.support.money import CodedStall, coded_stalls, credit, submission

PRESENT, ARRIVING = 300, 10
#: Rows of a table looked at for a credit, its index entries and the checks of foreign keys included.
LOOKED_AT_MAX = 4
TABLES = (
    "gateway_messages",
    "credits",
    "credit_aliases",
    "payment_codes",
    "stall_chain_heads",
    "payments",
    "stall_days",
)

_LOOKED_AT = """
SELECT relname, seq_tup_read + idx_tup_fetch AS looked_at FROM pg_stat_xact_user_tables WHERE relname = ANY(:tables)
"""


def told(stall: CodedStall, number: int) -> Submission:
    return replace(submission(credit(stall)), message=Message(f"msg-{number}", f'{{"n": {number}}}'.encode()))


def _looked_at(session: Session) -> dict[str, int]:
    """Rows looked at lately, by table: what this connection has not yet reported is counted in."""
    return {row.relname: row.looked_at for row in session.execute(text(_LOOKED_AT), {"tables": list(TABLES)})}


def test_a_credit_costs_the_same_when_many_are_present(app: Flask) -> None:
    if database().is_sqlite:
        pytest.skip("SQLite's look-ups are written out row by row")
    stalls = coded_stalls(20)
    for number in range(PRESENT):
        commit(database(), [told(stalls[number % 20], number)])
    arriving = [told(stalls[number], PRESENT + number) for number in range(ARRIVING)]
    with database().writing() as session:
        before = _looked_at(session)
        ledger.record(session, arriving)
        looked_at = {name: rows - before[name] for name, rows in _looked_at(session).items()}
    assert looked_at["payment_codes"] > 0
    assert {name: rows for name, rows in looked_at.items() if rows > LOOKED_AT_MAX * ARRIVING} == {}
