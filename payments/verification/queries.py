"""Reading what the nightly checks found."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.verification.models import Verification


def last_verification(session: Session) -> Verification | None:
    """The newest check that came to its end; None when there was none."""
    return session.scalars(select(Verification).order_by(Verification.id.desc()).limit(1)).first()
