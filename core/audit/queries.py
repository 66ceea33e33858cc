"""Reading the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.audit.models import AuditEntry


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What to narrow the trail to; each part is left out when it is None.

    `who` is part of a name; `subject` is "type id", or an id alone; days are market days, both included.
    """

    who: str | None = None
    action: str | None = None
    subject: str | None = None
    from_day: date | None = None
    to_day: date | None = None


def list_entries(
    session: Session, narrowed: EntryFilter, before_id: int | None = None, *, limit: int | None
) -> Sequence[AuditEntry]:
    """Changes, the newest first, from the one before `before_id`; at most `limit`, all of them when it is None."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    if narrowed.who is not None:
        statement = statement.where(AuditEntry.actor_name.icontains(narrowed.who, autoescape=True))
    if narrowed.action is not None:
        statement = statement.where(AuditEntry.action == narrowed.action)
    if narrowed.subject is not None:
        kind, _space, subject_id = narrowed.subject.rpartition(" ")
        statement = statement.where(AuditEntry.subject_id == subject_id)
        if kind:
            statement = statement.where(AuditEntry.subject_type == kind)
    if narrowed.from_day is not None:
        statement = statement.where(AuditEntry.at >= clock.day_start(narrowed.from_day))
    if narrowed.to_day is not None:
        statement = statement.where(AuditEntry.at < clock.day_end(narrowed.to_day))
    return session.scalars(statement).all()
