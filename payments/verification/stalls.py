"""Every stall's chain, chain head and days: a range at a time, for they are millions of payments."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import is_sqlite
from payments.recording.models import StallChainHead
from payments.verification.ranges import Range, by_weight
from payments.verification.report import Report
from payments.verification.stall_chains import follow
from payments.verification.stall_chains_sql import screen

#: A piece has so many payments, or more of very many: each is read from all over the table, so that many pieces would
#: read all of it many times.
PAYMENTS_AT_ONCE = 100_000
PIECES = 32
#: What a stall costs beside its payments, in payments.
STALL_WEIGHS = 20


def pieces(session: Session) -> Iterable[Range]:
    """All stalls, divided by how many payments their chain heads count; no check rests on that."""
    statement = select(StallChainHead.stall_id, StallChainHead.last_receipt_number).order_by(StallChainHead.stall_id)
    weights = [(stall_id, STALL_WEIGHS + max(0, count)) for stall_id, count in session.execute(statement)]
    return by_weight(weights, max(PAYMENTS_AT_ONCE, sum(weighs for _id, weighs in weights) // PIECES))


def check(session: Session, report: Report, within: Range) -> None:
    """Check the stalls of a range; PostgreSQL looks first, so that only those with something wrong are followed."""
    if is_sqlite(session):
        follow(session, report, within)
        return
    for stall in screen(session, within):
        if stall.sound:
            report.stalls += stall.payments > 0
            report.payments += stall.payments
            report.payments_vnd += stall.payments_vnd
        else:
            follow(session, report, Range(stall.stall_id - 1, stall.stall_id))
