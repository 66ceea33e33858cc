"""Claiming a request's key, and keeping the answer to it; see `core.web.idempotency`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.database import sweep_all, unit_of_work, upsert
from core.web.errors import KeyReused, StillRunning
from core.web.models import IdempotencyKey

#: After this long without an answer, whoever held the key is taken for dead.
CLAIM = timedelta(seconds=90)
#: How long answers are kept.
KEPT = timedelta(days=3)
#: Answers past that which go in one transaction.
SWEPT_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is this request's to use; or, with an `answer`, one whose first request was answered."""

    row_id: int
    answer: IdempotencyKey | None = None


@unit_of_work
def claim(session: Session, user_id: int, key: str, fingerprint: str) -> Claim:
    """Claim a user's key for the request of this fingerprint.

    Raises `StillRunning`, and `KeyReused` when the key came with another request.
    """
    moment = clock.now()
    values = {"user_id": user_id, "key": key, "fingerprint": fingerprint, "started_at": moment}
    claiming = upsert(session, IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.id)
    fresh = session.scalar(claiming)
    if fresh is not None:
        return Claim(fresh)
    row = session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key).with_for_update()
    ).one_or_none()
    if row is None:
        # Whoever held the key let it go between the two statements, with an error that is not kept.
        raise StillRunning
    if row.fingerprint != fingerprint:
        raise KeyReused({"Idempotency-Key": [_("Use a new key for a new request.")]})
    if row.status is not None:
        return Claim(row.id, row)
    if row.started_at > moment - CLAIM:
        raise StillRunning
    row.started_at = moment
    return Claim(row.id)


@unit_of_work
def keep(session: Session, row_id: int, status: int, content_type: str | None, body: bytes) -> None:
    """Keep the answer to the request that claimed a key."""
    row = session.get_one(IdempotencyKey, row_id)
    row.status, row.content_type, row.body = status, content_type, body


@unit_of_work
def release(session: Session, row_id: int) -> None:
    """Let a key go, so that its request may be sent again."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == row_id))


def sweep_answers() -> int:
    """Delete answers that were kept for long enough; gives how many."""
    return sweep_all(IdempotencyKey, IdempotencyKey.started_at < clock.now() - KEPT, SWEPT_AT_ONCE)
