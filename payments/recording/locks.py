"""The recording lock of PostgreSQL, shared and exclusive. SQLite has one writer anyway.

Recorders of notifications share it (`LOCK_RECORDING_SHARED`, with their first statement); the rows that they lock hold
them apart. Who ties a credit to something that another transaction may be about to write (a statement's line to its
notification, a reversal to its credit, a person's stall to an unmatched credit) holds it exclusively, so that neither
misses the other.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.database import is_sqlite
from payments.recording.rows import postgres


def exclusive_recording_lock(session: Session) -> None:
    """Hold the recording lock exclusively until the transaction ends: wait for all recorders, and keep them out."""
    if not is_sqlite(session):
        session.execute(text(postgres.LOCK_RECORDING_EXCLUSIVELY))
