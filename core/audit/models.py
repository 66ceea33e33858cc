"""The audit trail's one table. It is only ever added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key


class AuditEntry(Base):
    """One change of a registration, user, code, grant, target or assignment."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "subject_type", "subject_id"), Index(None, "market_id", "at"))

    id: Mapped[Key]
    at: Mapped[datetime]
    #: Null when the change came from a command on the server.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    market_id: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None]
    request_id: Mapped[str | None]
