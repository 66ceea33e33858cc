"""Checking everything in one reading transaction, so that what is recorded meanwhile does not confuse it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from market.database import Database
from payments.verification import corrections, credits_, messages, places, requests, stalls, statements, unmatched
from payments.verification.report import Report


def verify(database: Database, progress: Callable[[int], None] | None = None) -> Report:
    """Check everything; `progress` hears how many payments were read since it last heard."""
    report = Report()
    with database.reading() as session:
        if not database.is_sqlite:
            # SQLite reads one snapshot anyway; PostgreSQL only when asked to.
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        credits_.check(session, report)
        messages.check(session, report)
        unmatched.check(session, report)
        places.check(session, report)
        requests.check(session, report)
        statements.check(session, report)
        went_back = corrections.check(session, report)
        stalls.check(session, report, went_back, progress or (lambda _count: None))
    return report
