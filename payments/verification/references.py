"""Every code and payment request has its row in the table of references, and every row what it was given to."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from payments.recording.models import PaymentRequest
from payments.verification.report import Report
from vendors.codes.models import PaymentCode, PaymentReference, ReferenceKind

#: What carries references, and how it is called.
_CARRIERS = ((PaymentCode, ReferenceKind.CODE), (PaymentRequest, ReferenceKind.REQUEST))


def check(session: Session, report: Report) -> None:
    """Compare the table with codes and with requests."""
    for table, kind in _CARRIERS:
        _check_carriers(session, report, table, kind)
        _check_rows(session, report, table, kind)


def _check_carriers(
    session: Session, report: Report, table: type[PaymentCode | PaymentRequest], kind: ReferenceKind
) -> None:
    given = PaymentReference
    statement = (
        select(table.reference, given.kind)
        .outerjoin(given, given.reference == table.reference)
        .where(
            or_(
                given.reference.is_(None),
                given.kind != kind,
                given.stall_id != table.stall_id,
                given.market_id != table.market_id,
            )
        )
        .order_by(table.reference)
    )
    for reference, stands_as in session.execute(statement):
        if stands_as is None:
            report.find(f"reference {reference}: a {kind} carries it, and it is not in the table of references")
        else:
            report.find(f"reference {reference}: a {kind} carries it, which is not what it was given to")


def _check_rows(
    session: Session, report: Report, table: type[PaymentCode | PaymentRequest], kind: ReferenceKind
) -> None:
    given = PaymentReference
    statement = (
        select(given.reference)
        .outerjoin(table, table.reference == given.reference)
        .where(given.kind == kind, table.id.is_(None))
        .order_by(given.reference)
    )
    for reference in session.scalars(statement):
        report.find(f"reference {reference}: the {kind} that it was given to is not here; it was removed")
