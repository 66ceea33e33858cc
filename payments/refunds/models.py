"""The table of refunds."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key
from core.money import AMOUNT_MAX_VND


class RefundState(StrEnum):
    """How far a refund has come. Only the bank's word ends it."""

    #: Written down here; the bank is about to be asked.
    PENDING = "pending"
    #: The bank was asked and did not say what became of it.
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


class Refund(Base):
    """An order to send a part of a payment, or all of it, back to whom it came from."""

    __tablename__ = "refunds"
    __table_args__ = (
        Index(None, "payment_id"),
        Index(
            "ix_refunds_unsettled",
            "requested_at",
            sqlite_where=text("state IN ('pending', 'unknown')"),
            postgresql_where=text("state IN ('pending', 'unknown')"),
        ),
        CheckConstraint(f"amount_vnd BETWEEN 1 AND {AMOUNT_MAX_VND}", name="amount_in_range"),
        CheckConstraint("state IN ('pending', 'unknown', 'done', 'refused')", name="state_known"),
        CheckConstraint("(state = 'done') = (correction_id IS NOT NULL)", name="done_is_booked"),
        CheckConstraint("(state IN ('done', 'refused')) = (settled_at IS NOT NULL)", name="settled_has_its_time"),
    )

    id: Mapped[Key]
    #: What the bank knows it by: the same order is carried out once, however often it is sent.
    request_id: Mapped[str] = mapped_column(String(32), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    gateway: Mapped[str] = mapped_column(String(32))
    #: The gateway's id of the credit.
    credit_external_id: Mapped[str] = mapped_column(String(64))
    amount_vnd: Mapped[int]
    reason: Mapped[str] = mapped_column(String(140))
    state: Mapped[str] = mapped_column(String(10))
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: When the bank was last asked, and how often.
    asked_at: Mapped[datetime | None]
    asked_times: Mapped[int] = mapped_column(default=0, server_default="0")
    bank_ref: Mapped[str | None] = mapped_column(String(64))
    #: The bank's own word for why not.
    refusal: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"), unique=True)
