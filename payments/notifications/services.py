"""What comes in and cannot be recorded."""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from core import clock
from core.database import unit_of_work, upsert
from payments.recording.models import UnreadableMessage


@unit_of_work
def keep_unreadable(session: Session, gateway: str, body: bytes, reason: str) -> None:
    """Keep a message whose proof held and that cannot be read, once: a person finds it on the system page."""
    row = {
        "gateway": gateway,
        "digest": hashlib.sha256(body).digest(),
        "received_at": clock.now(),
        "reason": reason,
        "body": body,
    }
    session.execute(upsert(session, UnreadableMessage).on_conflict_do_nothing(), row)
