"""Reading what went back of a payment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.recording.booking import CorrectionKind
from payments.recording.models import Correction
from payments.refunds.models import Refund


def refunds_of(session: Session, payment_id: int) -> Sequence[Refund]:
    """A payment's refunds, in the order they were ordered."""
    return session.scalars(select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)).all()


def unsettled_vnd(session: Session, payment_id: int) -> int:
    """How much of a payment the bank was asked to send back without having said what became of it."""
    statement = select(func.sum(Refund.amount_vnd)).where(Refund.payment_id == payment_id, Refund.settled_at.is_(None))
    return int(session.scalar(statement) or 0)


def corrections_of(session: Session, payment_id: int) -> Sequence[Correction]:
    """What was booked as gone back of a payment, in order, without cash refunds that were undone and their undoing."""
    rows = session.scalars(
        select(Correction).where(Correction.payment_id == payment_id).order_by(Correction.number)
    ).all()
    undone = {row.source for row in rows if row.kind == CorrectionKind.CASH_REFUND_UNDONE}
    return [
        row for row in rows if row.kind != CorrectionKind.CASH_REFUND_UNDONE and f"correction {row.id}" not in undone
    ]


def find_correction(session: Session, payment_id: int, correction_id: int) -> Correction | None:
    """One correction of a payment; None for what is none of it."""
    found = session.get(Correction, correction_id)
    return found if found is not None and found.payment_id == payment_id else None
