"""Checking everything in one reading transaction, so that what is recorded meanwhile does not confuse it.

Messages are half of the work and need nothing of the rest: a message is written down in one transaction with what it
reports, so they are checked in a snapshot of their own, in a process of their own where that is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.database import Database
from payments.verification import corrections, credits_, messages, places, requests, stalls, statements, unmatched
from payments.verification.report import Report

Progress = Callable[[int], None]


def verify(database: Database, progress: Progress | None = None) -> Report:
    """Check everything; `progress` hears how many payments were read since it last heard."""
    report = _verify_rows(database, progress)
    report.add(_verify_messages(database))
    return report


def verify_side_by_side(database: Database, progress: Progress | None = None) -> Report:
    """The same in half the time where there are two processors: messages in a process of their own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        of_messages = beside.submit(_verify_messages_at, database.url)
        report = _verify_rows(database, progress)
        report.add(of_messages.result())
    return report


def _verify_rows(database: Database, progress: Progress | None) -> Report:
    report = Report()
    with _snapshot(database) as session:
        credits_.check(session, report)
        unmatched.check(session, report)
        places.check(session, report)
        requests.check(session, report)
        statements.check(session, report)
        went_back = corrections.check(session, report)
        stalls.check(session, report, went_back, progress or (lambda _count: None))
    return report


def _verify_messages(database: Database) -> Report:
    report = Report()
    with _snapshot(database) as session:
        messages.check(session, report)
    return report


def _verify_messages_at(url: str) -> Report:
    database = Database(url, pool_size=1)
    try:
        return _verify_messages(database)
    finally:
        database.dispose()


@contextmanager
def _snapshot(database: Database) -> Iterator[Session]:
    with database.reading() as session:
        if not database.is_sqlite:
            # SQLite reads one snapshot anyway; PostgreSQL only when asked to.
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield session
