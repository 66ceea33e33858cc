"""Reading payment requests."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from payments.recording.models import PaymentRequest
from vendors.container import OneTimeCode


def find(session: Session, public_id: str) -> PaymentRequest:
    """The request of this id. Raises `NotFound`."""
    found = session.scalar(select(PaymentRequest).where(PaymentRequest.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def latest(session: Session, stall_id: int, limit: int) -> Sequence[PaymentRequest]:
    """A stall's newest requests, newest first."""
    statement = select(PaymentRequest).where(PaymentRequest.stall_id == stall_id)
    newest_first = (PaymentRequest.created_at.desc(), PaymentRequest.id.desc())
    return session.scalars(statement.order_by(*newest_first).limit(limit)).all()


def find_one_time(session: Session, reference: str) -> OneTimeCode | None:
    """The code for one payment that a reference belongs to, for who checks whether a code is genuine."""
    found = session.scalar(select(PaymentRequest).where(PaymentRequest.reference == reference))
    return OneTimeCode(found.stall_id, found.payload) if found else None
