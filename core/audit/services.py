"""Writing the audit trail, inside the unit of work of the change itself."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context
from sqlalchemy.orm import Session

from core import clock
from core.audit.models import AuditEntry
from core.permissions.principal import Principal


def record(  # noqa: PLR0913 - who, what, where, from what to what, why: all of them belong to an entry
    session: Session,
    actor: Principal,
    action: str,
    subject: tuple[str, object],
    *,
    market_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add an entry in the same transaction as the change, so that neither can stand without the other.

    `subject` is (type, id), like ("stall", "DX01-A012"); `before` and `after` hold only what changed, as JSON values.
    """
    session.add(
        AuditEntry(
            at=clock.now(),
            user_id=actor.user_id,
            actor_name=actor.name,
            action=action,
            subject_type=subject[0],
            subject_id=str(subject[1]),
            market_id=market_id,
            before=before,
            after=after,
            reason=reason,
            request_id=g.get("request_id") if has_app_context() else None,
        )
    )
