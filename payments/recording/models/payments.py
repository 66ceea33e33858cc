"""What is recorded for stalls: payments, what went back of them, and each day's totals."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key
from payments.recording.models.limits import AMOUNT_IN_RANGE


class Payment(Base):
    """A credit recorded for a stall: the stall's n-th, chained to the one before it.

    `digest` is SHA-256 over the digest before it, the number and the credit's digest; see `payments.recording.chain`.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("stall_id", "receipt_number"),
        UniqueConstraint("credit_id", "assignment"),
        # The chain head, which is locked already, has the stall and the market; to refer to these themselves would lock
        # rows that everybody refers to.
        ForeignKeyConstraint(["stall_id", "market_id"], ["stall_chain_heads.stall_id", "stall_chain_heads.market_id"]),
        Index(
            "ix_payments_of_requests",
            "request_id",
            sqlite_where=text("request_id IS NOT NULL"),
            postgresql_where=text("request_id IS NOT NULL"),
        ),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
        CheckConstraint("receipt_number >= 1", name="receipt_number_counts"),
    )

    id: Mapped[Key]
    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"))
    stall_id: Mapped[int]
    market_id: Mapped[int]
    receipt_number: Mapped[int]
    amount_vnd: Mapped[int]
    paid_at: Mapped[datetime]
    #: The market day of `paid_at`.
    market_day: Mapped[date]
    recorded_at: Mapped[datetime]
    #: How the stall was found: virtual_account, reference, account, or person.
    matched_by: Mapped[str] = mapped_column(String(16))
    #: The payment request that it was made for; a payment has one place for it, so it never belongs to two.
    request_id: Mapped[int | None] = mapped_column(ForeignKey("payment_requests.id"))
    #: Whether it came after the request had ended.
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: 0 unless a person took an earlier assignment of the same credit back; then the place on the work list.
    assignment: Mapped[int] = mapped_column(default=0, server_default="0")
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class PaymentBalance(Base):
    """How much of a payment has gone back, or is on its way; there is a row once any has.

    The constraint is what keeps refunds from exceeding their payment, whoever asks at the same time.
    """

    __tablename__ = "payment_balances"
    __table_args__ = (
        CheckConstraint("committed_vnd BETWEEN 0 AND payment_vnd", name="never_more_than_paid"),
        CheckConstraint("reversed_vnd BETWEEN 0 AND payment_vnd", name="reversed_at_most_whole"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True, autoincrement=False)
    payment_vnd: Mapped[int]
    #: Refunds that are done or may yet be, money given back in cash, and the whole when an assignment was taken back.
    committed_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    #: What the bank took back by itself.
    reversed_vnd: Mapped[int] = mapped_column(default=0, server_default="0")


class Correction(Base):
    """Money of a payment that went back: the stall's n-th correction, chained to the one before it.

    `kind` is refund, reversal, cash_refund, cash_refund_undone or unassignment; all but cash_refund_undone take away.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        UniqueConstraint("stall_id", "number"),
        UniqueConstraint("kind", "source"),
        Index(None, "payment_id"),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
        CheckConstraint("number >= 1", name="number_counts"),
    )

    id: Mapped[Key]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    amount_vnd: Mapped[int]
    #: When it happened: at the bank, or at the stall.
    happened_at: Mapped[datetime]
    #: The day whose totals it changes: that of `happened_at`; of a unassignment, the payment's own.
    market_day: Mapped[date]
    recorded_at: Mapped[datetime]
    #: Null where the bank acted by itself.
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: What it was made from, once: a refund's or a reversal's id, the tap of a page, the correction that it undoes.
    source: Mapped[str] = mapped_column(String(128))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class StallChainHead(Base):
    """Where a stall's chains stand; the row that everything about a stall's money locks first."""

    __tablename__ = "stall_chain_heads"
    __table_args__ = (UniqueConstraint("stall_id", "market_id"),)

    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"), primary_key=True, autoincrement=False)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    last_receipt_number: Mapped[int] = mapped_column(default=0)
    last_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    last_correction_number: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Null before the first correction.
    last_correction_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class StallDay(Base):
    """A stall's totals of a market day; every figure of a report is a sum of these.

    Payments count on the day they were paid, what went back on the day it went. A payment whose assignment was taken
    back was never the stall's: it leaves the totals of its own day.
    """

    __tablename__ = "stall_days"
    __table_args__ = (
        Index(None, "market_id", "market_day"),
        CheckConstraint("payments_count >= 0 AND payments_vnd >= payments_count", name="payments_add_up"),
        CheckConstraint("cash_count >= 0 AND cash_vnd >= 0", name="cash_adds_up"),
        CheckConstraint(
            "refunds_vnd >= 0 AND reversals_vnd >= 0 AND cash_refund_vnd >= 0", name="what_went_back_adds_up"
        ),
    )

    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"), primary_key=True, autoincrement=False)
    market_day: Mapped[date] = mapped_column(primary_key=True)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    payments_count: Mapped[int] = mapped_column(default=0, server_default="0")
    payments_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_count: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    refunds_count: Mapped[int] = mapped_column(default=0, server_default="0")
    refunds_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    reversals_count: Mapped[int] = mapped_column(default=0, server_default="0")
    reversals_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_refund_count: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_refund_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
