"""Reading payment requests."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import NotFound
from payments.requests.models import PaymentRequest
from vendors.codes.checking import OneTimeCode


def find(session: Session, public_id: str) -> PaymentRequest:
    """The request of this id. Raises `NotFound`."""
    found = session.scalar(select(PaymentRequest).where(PaymentRequest.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def find_one_time(session: Session, reference: str) -> OneTimeCode | None:
    """The code for one payment that a reference belongs to, for who checks whether a code is genuine."""
    found = session.scalar(select(PaymentRequest).where(PaymentRequest.reference == reference))
    return OneTimeCode(found.stall_id, found.payload) if found else None
