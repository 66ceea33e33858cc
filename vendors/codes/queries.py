"""Reading payment codes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from vendors.codes.models import PaymentCode


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
