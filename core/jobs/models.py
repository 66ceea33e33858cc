"""The tables of jobs and of those who do them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key
from core.jobs.limits import ERROR_MAX_LENGTH, KEY_MAX_LENGTH, KIND_MAX_LENGTH, WORKER_MAX_LENGTH

_OPEN = text("done_at IS NULL AND failed_at IS NULL")


class Job(Base):
    """Work to be done after the transaction that wrote it.

    It is open until it is done (`done_at`) or given up (`failed_at`). Whoever holds an unexpired lease works on it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_open", "run_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "done_at"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        CheckConstraint("(leased_until IS NULL) = (leased_by IS NULL)", name="lease_has_its_holder"),
        CheckConstraint("done_at IS NULL OR failed_at IS NULL", name="ended_once"),
        CheckConstraint("leased_until IS NULL OR (done_at IS NULL AND failed_at IS NULL)", name="ended_is_free"),
    )

    id: Mapped[Key]
    #: Which handler does it.
    kind: Mapped[str] = mapped_column(String(KIND_MAX_LENGTH))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: What makes it the same work when it is ordered again; null where each order is work of its own.
    key: Mapped[str | None] = mapped_column(String(KEY_MAX_LENGTH), unique=True)
    created_at: Mapped[datetime]
    #: Not before this.
    run_at: Mapped[datetime]
    #: How often it was begun since it last went well.
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    leased_until: Mapped[datetime | None]
    #: The token of the claim: its worker's name, and what tells this claim from all others.
    leased_by: Mapped[str | None] = mapped_column(String(WORKER_MAX_LENGTH))
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    #: The class of the newest error and where it was raised; what it says stays out, for it may quote people's data.
    last_error: Mapped[str | None] = mapped_column(String(ERROR_MAX_LENGTH))


class JobWorker(Base):
    """A process that does jobs, and when it was last seen."""

    __tablename__ = "job_workers"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(WORKER_MAX_LENGTH), unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    #: When it stopped in order; null for one that works, or was killed.
    stopped_at: Mapped[datetime | None]
