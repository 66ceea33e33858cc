"""What comes in and cannot be recorded."""

from __future__ import annotations

import hashlib

from core import clock
from core.database import unit_of_work
from payments.recording.bulk import upsert
from payments.recording.models import UnreadableMessage


def keep_unreadable(gateway: str, body: bytes, reason: str) -> None:
    """Keep a message whose proof held and that cannot be read, once: a person finds it on the system page."""
    with unit_of_work() as session:
        row = {
            "gateway": gateway,
            "digest": hashlib.sha256(body).digest(),
            "received_at": clock.now(),
            "reason": reason,
            "body": body,
        }
        session.execute(upsert(session, UnreadableMessage).on_conflict_do_nothing(), row)
