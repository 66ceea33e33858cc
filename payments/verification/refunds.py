"""Refunds are those that were ordered: each has the entry of its order in the trail of changes, and says the same.

The bank carries an order out once by its `request_id`; one of which that was changed would be carried out again.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from payments.recording.models import Payment
from payments.refunds.models import Refund
from payments.verification.report import Report, stream
from vendors.stalls.models import Stall


def check(session: Session, report: Report) -> None:
    """Hold refunds against the entries of their orders, both ways."""
    ordered = (AuditEntry.action == "refund.order") & (AuditEntry.subject_type == "refund")
    statement = (
        select(Refund, Payment.receipt_number, Stall.code.label("stall"), AuditEntry)
        .outerjoin(Payment, Payment.id == Refund.payment_id)
        .outerjoin(Stall, Stall.id == Refund.stall_id)
        .outerjoin(AuditEntry, ordered & (AuditEntry.subject_id == Refund.request_id))
    )
    for refund, receipt_number, stall, entry in stream(session, statement):
        if entry is None:
            report.find(f"refund {refund.request_id}: nobody ordered it by this id")
            continue
        said = {"amount_vnd": refund.amount_vnd, "receipt_number": receipt_number, "stall": stall}
        if (said, refund.reason, refund.requested_by_id) != (entry.after, entry.reason, entry.user_id):
            report.find(f"refund {refund.request_id}: is not what was ordered")
    lost = (
        select(AuditEntry.subject_id)
        .outerjoin(Refund, Refund.request_id == AuditEntry.subject_id)
        .where(ordered, Refund.id.is_(None))
    )
    for request_id in session.scalars(lost):
        report.find(f"refund {request_id}: was ordered, and is not here; it was removed")
