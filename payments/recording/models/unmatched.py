"""Credits that wait for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class UnmatchedCredit(Base):
    """A credit on the work list: open until a person gives it a stall, which makes a payment.

    Taking an assignment back opens a new row, `assignment` + 1. Rows are numbered without a gap and chained like a
    stall's payments, so that none can vanish.
    """

    __tablename__ = "unmatched_credits"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("payment_id"),
        Index(
            "uq_unmatched_credits_open",
            "credit_id",
            unique=True,
            sqlite_where=text("payment_id IS NULL"),
            postgresql_where=text("payment_id IS NULL"),
        ),
    )

    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"), primary_key=True, autoincrement=False)
    assignment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    number: Mapped[int]
    #: Why it is here: no_match, ambiguous, contradiction, unassigned.
    reason: Mapped[str] = mapped_column(String(32))
    recorded_at: Mapped[datetime]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    assigned_at: Mapped[datetime | None]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    assigned_because: Mapped[str | None]


class UnmatchedChainHead(Base):
    """Where the work list's chain stands: one row, locked after any stall's."""

    __tablename__ = "unmatched_chain_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]
    last_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
