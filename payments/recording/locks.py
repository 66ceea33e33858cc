"""Who may work beside whom.

Recorders of notifications work side by side, held apart by the rows they lock. Who ties a credit to something that
another transaction may be about to write (a statement's line to its notification, a reversal to its credit, a person's
stall to an unmatched credit) is alone, so that neither misses the other. SQLite has one writer anyway.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.database import is_sqlite
from payments.recording.rows import postgres


def exclusive_recording_lock(session: Session) -> None:
    """Wait until no recorder is at work, and keep all out until the transaction ends."""
    if not is_sqlite(session):
        session.execute(text(postgres.TAKE_TURN_ALONE))
