"""The table of payment requests."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key
from payments.recording.models.limits import AMOUNT_IN_RANGE


class RequestState(StrEnum):
    """What a payment request is at a moment."""

    OPEN = "open"
    PAID = "paid"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class PaymentRequest(Base):
    """An amount that a stall asks for, by a code with a reference of its own.

    Its state follows from the money that came in time and from the clock; it is never written down, so it cannot lag.
    """

    __tablename__ = "payment_requests"
    __table_args__ = (
        Index(None, "stall_id", "created_at"),
        ForeignKeyConstraint(
            ["reference", "stall_id"], ["payment_references.reference", "payment_references.stall_id"]
        ),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
        CheckConstraint("received_vnd >= received_count AND late_vnd >= late_count", name="money_adds_up"),
        CheckConstraint("expires_at > created_at", name="times_in_order"),
    )

    id: Mapped[Key]
    #: What stands in addresses; it cannot be guessed.
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    amount_vnd: Mapped[int]
    note: Mapped[str] = mapped_column(String(64), default="", server_default="")
    payload: Mapped[str] = mapped_column(String(512))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    #: Money whose `paid_at` lies before the end of the request's life, and money that came after.
    received_count: Mapped[int] = mapped_column(default=0, server_default="0")
    received_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    late_count: Mapped[int] = mapped_column(default=0, server_default="0")
    late_vnd: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def ends_at(self) -> datetime:
        """Until when money is in time."""
        return min(self.expires_at, self.cancelled_at) if self.cancelled_at else self.expires_at

    def state(self, moment: datetime) -> RequestState:
        """What it is at a moment. Money decides before the clock: a bank may tell of it late."""
        if self.received_vnd:
            if self.received_vnd == self.amount_vnd:
                return RequestState.PAID
            return RequestState.OVERPAID if self.received_vnd > self.amount_vnd else RequestState.UNDERPAID
        if self.cancelled_at:
            return RequestState.CANCELLED
        return RequestState.EXPIRED if moment >= self.expires_at else RequestState.OPEN
