"""A payment request's sums are those of its payments, in time and late."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

import vietqr
from payments.recording.models import Payment, PaymentRequest
from payments.verification.report import Report, stream


def check(session: Session, report: Report) -> None:
    """Compare what is stored with what adds up."""
    paid = (
        select(
            Payment.request_id,
            func.sum(case((Payment.late, 0), else_=1)).label("received_count"),
            func.sum(case((Payment.late, 0), else_=Payment.amount_vnd)).label("received_vnd"),
            func.sum(case((Payment.late, 1), else_=0)).label("late_count"),
            func.sum(case((Payment.late, Payment.amount_vnd), else_=0)).label("late_vnd"),
        )
        .where(Payment.request_id.is_not(None))
        .group_by(Payment.request_id)
        .subquery()
    )
    sums = (paid.c.received_count, paid.c.received_vnd, paid.c.late_count, paid.c.late_vnd)
    statement = select(PaymentRequest, *(func.coalesce(one, 0) for one in sums)).outerjoin(
        paid, paid.c.request_id == PaymentRequest.id
    )
    for request, *expected in stream(session, statement):
        stored = [request.received_count, request.received_vnd, request.late_count, request.late_vnd]
        if stored != [int(one) for one in expected]:
            report.find(
                f"payment request {request.reference}: its sums are {stored}, its payments add up to {expected}"
            )
        _check_code(report, request)
    _check_payments(session, report)


def _check_code(report: Report, request: PaymentRequest) -> None:
    """What the code asks for is what the request is about."""
    try:
        read = vietqr.decode(request.payload)
    except vietqr.VietQRError:
        report.find(f"payment request {request.reference}: its code cannot be read")
        return
    if (read.amount_vnd, read.purpose) != (request.amount_vnd, request.reference):
        report.find(f"payment request {request.reference}: its code asks for something else")


def _check_payments(session: Session, report: Report) -> None:
    statement = (
        select(Payment, PaymentRequest)
        .outerjoin(PaymentRequest, PaymentRequest.id == Payment.request_id)
        .where(Payment.request_id.is_not(None))
    )
    for payment, request in stream(session, statement):
        if request is None:
            report.find(f"payment {payment.id}: was made for request #{payment.request_id}, which was removed")
            continue
        where = f"payment {payment.id} for request {request.reference}"
        if payment.stall_id != request.stall_id:
            report.find(f"{where}: is of another stall")
        if payment.late != (payment.paid_at >= request.ends_at):
            report.find(f"{where}: says late={payment.late}, paid at {payment.paid_at}, ended {request.ends_at}")
