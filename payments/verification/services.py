"""Checking everything at one moment, so that what is recorded meanwhile does not confuse it.

The work is divided into pieces that need nothing of each other: a stall's money is written down in one transaction, and
so is a message with what it reports. They are done one after the other, or by as many processes as there are
processors; what they find is told in their order, whoever was done first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import TypeAlias

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import clock
from core.database import database, unit_of_work
from core.engine import Database
from payments.verification import (
    accounts,
    cash,
    corrections,
    credits_,
    discrepancies,
    message_links,
    messages,
    places,
    references,
    refunds,
    requests,
    stalls,
    statements,
    unmatched,
)
from payments.verification.models import Verification
from payments.verification.report import Report

#: Each holds some 100 MB.
PROCESSES_MAX = 4

log = structlog.get_logger()

#: Hears how many pieces are done, of how many.
Progress: TypeAlias = Callable[[int, int], None]
Piece: TypeAlias = Callable[[Session, Report], None]


def verify(database: Database, progress: Progress = lambda _done, _all: None) -> Report:
    """Check everything, here."""
    report = Report()
    with _snapshot(database) as session:
        pieces = _pieces(session)
        for done, check in enumerate(pieces, start=1):
            check(session, report)
            progress(done, len(pieces))
    return report


def verify_and_keep() -> Verification:
    """Check everything, here, and keep what was found, for the operator's page and the log."""
    began_at = clock.now()
    report = verify(database())
    kept = Verification(
        began_at=began_at,
        ended_at=clock.now(),
        credits=report.credits,
        payments=report.payments,
        payments_vnd=report.payments_vnd,
        broken=report.broken,
        findings=report.findings,
    )
    _keep(kept)
    # The findings name stalls and sums; they stand where only an operator reads them.
    tell = log.info if report.sound else log.error
    tell("verified", credits=report.credits, payments=report.payments, broken=report.broken)
    return kept


@unit_of_work
def _keep(session: Session, kept: Verification) -> None:
    session.add(kept)


def verify_side_by_side(database: Database, progress: Progress) -> Report:
    """Check everything, in as many processes as there are processors."""
    with _snapshot(database) as session:
        pieces = _pieces(session)
        shared = None if database.is_sqlite else session.scalar(text("SELECT pg_export_snapshot()"))
        with ProcessPoolExecutor(_processes(), get_context("spawn")) as pool:
            under_way = [pool.submit(_check, database.url, shared, piece) for piece in pieces]
            for done, _piece in enumerate(as_completed(under_way), start=1):
                progress(done, len(pieces))
    report = Report()
    for piece in under_way:
        report.add(piece.result())
    return report


def _pieces(session: Session) -> list[Piece]:
    """In the order in which they are told."""
    return [
        credits_.check,
        unmatched.check,
        places.check,
        references.check,
        requests.check,
        statements.check,
        accounts.check,
        discrepancies.check,
        corrections.check,
        refunds.check,
        cash.check,
        *(partial(stalls.check, within=one) for one in stalls.pieces(session)),
        *(partial(messages.check, within=one, naming_count=count) for one, count in messages.pieces(session)),
        message_links.check,
        messages.check_unreadable,
    ]


def _processes() -> int:
    return min(PROCESSES_MAX, len(os.sched_getaffinity(0)))


def _check(url: str, snapshot: str | None, piece: Piece) -> Report:
    """A piece of it in a process of its own, on a connection of its own."""
    report, database = Report(), Database(url, pool_size=1)
    try:
        with _snapshot(database, snapshot) as session:
            piece(session, report)
    finally:
        database.dispose()
    return report


@contextmanager
def _snapshot(database: Database, shared: str | None = None) -> Iterator[Session]:
    """What was committed by now; or when another transaction, which is still open, shared its snapshot."""
    with database.reading() as session:
        if not database.is_sqlite:
            # SQLite reads one snapshot anyway; PostgreSQL only when asked to.
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            if shared:
                session.execute(text(f"SET TRANSACTION SNAPSHOT '{shared}'"))
            # The work is divided already.
            session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
            session.execute(text("SET LOCAL jit = off"))
        yield session
