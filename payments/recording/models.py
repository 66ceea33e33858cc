"""Tables of money. Everything here is only ever added to, the running totals aside."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.database import Base, Key
from market.money import AMOUNT_MAX_VND

AMOUNT_IN_RANGE = f"amount_vnd BETWEEN 1 AND {AMOUNT_MAX_VND}"


class GatewayMessage(Base):
    """A message of a gateway, kept as it came, once its proof held and its credits were recorded."""

    __tablename__ = "gateway_messages"
    __table_args__ = (UniqueConstraint("gateway", "digest"), Index(None, "gateway", "message_id"))

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    #: The sender's id of the message.
    message_id: Mapped[str] = mapped_column(String(128))
    #: SHA-256 of the body: the same bytes are kept once, however often they are sent.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Credit(Base):
    """What a bank reported, once for each `(gateway, external_id)`, whoever it turns out to be for."""

    __tablename__ = "credits"
    __table_args__ = (
        UniqueConstraint("gateway", "external_id"),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
    )

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(64))
    #: Null for credits that came by no message: statements, demonstrations.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    bank_ref: Mapped[str] = mapped_column(String(64))
    bank_bin: Mapped[str | None] = mapped_column(String(6))
    account_number: Mapped[str] = mapped_column(String(32))
    virtual_account: Mapped[str | None] = mapped_column(String(32))
    amount_vnd: Mapped[int]
    content: Mapped[str]
    payer_bank_bin: Mapped[str | None] = mapped_column(String(6))
    payer_name: Mapped[str | None]
    payer_ref: Mapped[str | None]
    #: The bank's time.
    paid_at: Mapped[datetime]
    #: Ours.
    recorded_at: Mapped[datetime]
    #: Over everything above that the bank said; see `payments.recording.chain`.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class Payment(Base):
    """A credit recorded for a stall: the stall's n-th, chained to the one before it.

    `digest` is SHA-256 over the digest before it, the number and the credit's digest; see `payments.recording.chain`.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("stall_id", "receipt_number"),
        UniqueConstraint("credit_id"),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
        CheckConstraint("receipt_number >= 1", name="receipt_number_counts"),
    )

    id: Mapped[Key]
    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"))
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    receipt_number: Mapped[int]
    amount_vnd: Mapped[int]
    paid_at: Mapped[datetime]
    #: The market day of `paid_at`.
    market_day: Mapped[date]
    recorded_at: Mapped[datetime]
    #: How the stall was found: virtual_account, reference, account, or person.
    matched_by: Mapped[str] = mapped_column(String(16))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class UnmatchedCredit(Base):
    """A credit whose stall is not known yet: work for a person."""

    __tablename__ = "unmatched_credits"

    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"), primary_key=True, autoincrement=False)
    #: Why no stall was found: no_match, ambiguous, contradiction.
    reason: Mapped[str] = mapped_column(String(32))
    recorded_at: Mapped[datetime]


class StallLedger(Base):
    """Where a stall's chain of payments stands; the row that recorders lock."""

    __tablename__ = "stall_ledgers"

    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"), primary_key=True, autoincrement=False)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    last_receipt_number: Mapped[int] = mapped_column(default=0)
    last_digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class StallDay(Base):
    """A stall's totals of a market day; every figure of a report is a sum of these."""

    __tablename__ = "stall_days"
    __table_args__ = (
        Index(None, "market_id", "market_day"),
        CheckConstraint("payments_count >= 0 AND payments_vnd >= payments_count", name="payments_add_up"),
        CheckConstraint("cash_count >= 0 AND cash_vnd >= 0", name="cash_adds_up"),
    )

    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"), primary_key=True, autoincrement=False)
    market_day: Mapped[date] = mapped_column(primary_key=True)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    payments_count: Mapped[int] = mapped_column(default=0, server_default="0")
    payments_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_count: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
