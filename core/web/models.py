"""Answers kept for repeated requests, and the throttle of tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key


class IdempotencyKey(Base):
    """A key that a user sent with a write, what it was sent with, and the answer once there is one."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(255))
    #: SHA-256 over method, path and body.
    fingerprint: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    content_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class Throttle(Base):
    """A token bucket: tries left for a key (an address, a user), refilled over time."""

    __tablename__ = "throttles"
    __table_args__ = (UniqueConstraint("bucket", "key"), Index(None, "bucket", "updated_at"))

    id: Mapped[Key]
    bucket: Mapped[str] = mapped_column(String(32))
    #: A digest, so that no address or user name is kept.
    key: Mapped[str] = mapped_column(String(64))
    tries_left: Mapped[float]
    updated_at: Mapped[datetime]
