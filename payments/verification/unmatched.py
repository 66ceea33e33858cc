"""The work list is numbered without a gap and chained, and what left it became a payment."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.recording.chain import Link, first_unmatched_digest, next_digest
from payments.recording.models import Credit, Payment, UnmatchedChainHead, UnmatchedCredit
from payments.verification.report import Report, stream


def check(session: Session, report: Report) -> None:
    """Follow the chain, then compare every row that was closed with the payment it was closed by."""
    open_rows = select(func.count()).select_from(UnmatchedCredit).where(UnmatchedCredit.payment_id.is_(None))
    report.unmatched = session.scalar(open_rows) or 0
    _check_chain(session, report)
    _check_payments(session, report)


def _check_chain(session: Session, report: Report) -> None:
    number, digest = 0, first_unmatched_digest()
    statement = (
        select(UnmatchedCredit.number, UnmatchedCredit.recorded_at, UnmatchedCredit.digest, Credit.digest.label("of"))
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .order_by(UnmatchedCredit.number)
    )
    for row in stream(session, statement):
        if row.number != number + 1:
            report.find(f"unmatched {row.number}: follows {number}; credits are missing from the work list")
        elif next_digest(digest, Link(0, row.number, row.of, row.recorded_at)) != row.digest:
            report.find(f"unmatched {row.number}: the chain is broken; this credit or one before it was changed")
        number, digest = row.number, row.digest
    head = session.get(UnmatchedChainHead, 1)
    stands_at = (head.last_number, head.last_digest) if head else (0, first_unmatched_digest())
    if stands_at != (number, digest):
        report.find(f"the work list ends at {number}, its chain head at {stands_at[0]}: credits were removed or added")


def _check_payments(session: Session, report: Report) -> None:
    statement = (
        select(UnmatchedCredit.number)
        .join(Payment, Payment.id == UnmatchedCredit.payment_id)
        .where(
            (Payment.credit_id != UnmatchedCredit.credit_id)
            | (Payment.assignment != UnmatchedCredit.assignment)
            | (Payment.matched_by != "person")
        )
    )
    for number in session.scalars(statement):
        report.find(f"unmatched {number}: was closed by a payment that does not fit it")
    by_person = (
        select(Payment.id)
        .outerjoin(UnmatchedCredit, UnmatchedCredit.payment_id == Payment.id)
        .where((Payment.assignment > 0) | (Payment.matched_by == "person"), UnmatchedCredit.number.is_(None))
    )
    for payment_id in session.scalars(by_person):
        report.find(f"payment {payment_id}: nobody assigned it, though it says so")
