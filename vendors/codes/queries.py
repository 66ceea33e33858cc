"""Reading payment codes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from vendors.codes.models import Code


def live_code(session: Session, stall_id: int) -> Code | None:
    """The stall's code that is not revoked, if it has one."""
    return session.scalar(select(Code).where(Code.stall_id == stall_id, Code.revoked_at.is_(None)))


def live_codes(session: Session, stall_ids: Collection[int]) -> dict[int, Code]:
    """The live codes of several stalls, by the stall's id, each with its settlement account."""
    statement = (
        select(Code)
        .where(Code.stall_id.in_(stall_ids), Code.revoked_at.is_(None))
        .options(joinedload(Code.settlement_account))
    )
    return {code.stall_id: code for code in session.scalars(statement)}
