"""Reading payment codes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from vendors.codes.models import PaymentCode, PaymentReference


def given_references(session: Session, references: Collection[str]) -> dict[str, PaymentReference]:
    """Those of some references that were given, to a code or to a payment request."""
    found = session.scalars(select(PaymentReference).where(PaymentReference.reference.in_(references)))
    return {one.reference: one for one in found}


def code_by_reference(session: Session, reference: str) -> PaymentCode | None:
    """The code that carries a reference, live or revoked, with its stall."""
    return session.scalar(
        select(PaymentCode).where(PaymentCode.reference == reference).options(joinedload(PaymentCode.stall))
    )


def live_code(session: Session, stall_id: int) -> PaymentCode | None:
    """The stall's code that is not revoked, if it has one."""
    return session.scalar(select(PaymentCode).where(PaymentCode.stall_id == stall_id, PaymentCode.revoked_at.is_(None)))


def live_codes(session: Session, stall_ids: Collection[int]) -> dict[int, PaymentCode]:
    """The live codes of several stalls, by the stall's id, each with its settlement account."""
    statement = (
        select(PaymentCode)
        .where(PaymentCode.stall_id.in_(stall_ids), PaymentCode.revoked_at.is_(None))
        .options(joinedload(PaymentCode.settlement_account))
    )
    return {code.stall_id: code for code in session.scalars(statement)}
