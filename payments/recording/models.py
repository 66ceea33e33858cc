"""Tables of money. Everything here is only ever added to, the running totals aside."""

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
from core.money import AMOUNT_MAX_VND

AMOUNT_IN_RANGE = f"amount_vnd BETWEEN 1 AND {AMOUNT_MAX_VND}"


class GatewayMessage(Base):
    """A message of a gateway, kept as it came, once its proof held and its credits were recorded."""

    __tablename__ = "gateway_messages"
    # By day: digests come in no order, so among all of them each would touch a page that nobody had in hand.
    __table_args__ = (UniqueConstraint("gateway", "received_day", "digest"),)

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    #: The sender's id of the message.
    message_id: Mapped[str] = mapped_column(String(128))
    #: SHA-256 of the body: the same bytes are kept once a day, however often they are sent.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    #: The market day of `received_at`.
    received_day: Mapped[date]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class UnreadableMessage(Base):
    """A message whose proof held and that could not be read: nothing of it is recorded, and somebody must look."""

    __tablename__ = "unreadable_messages"
    __table_args__ = (UniqueConstraint("gateway", "digest"),)

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    #: SHA-256 of the body.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    #: What is wrong with it, for whoever looks.
    reason: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Credit(Base):
    """What a bank reported, once for each `(gateway, external_id)`, whoever it turns out to be for."""

    __tablename__ = "credits"
    __table_args__ = (
        UniqueConstraint("gateway", "external_id"),
        # A line of a statement and a notification know each other by the bank's own reference.
        Index(None, "bank_ref"),
        Index(
            "ix_credits_of_statements",
            "gateway",
            "bank_ref",
            sqlite_where=text("origin = 'statement'"),
            postgresql_where=text("origin = 'statement'"),
        ),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
        CheckConstraint("origin IN ('notification', 'statement')", name="origin_known"),
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
    #: By which way it came first: see `payments.recording.ledger.Origin`.
    origin: Mapped[str] = mapped_column(String(16))
    #: Over everything above that the bank said; see `payments.recording.chain`.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class CreditAlias(Base):
    """Another id of a credit: a notification's, come after a statement had brought the credit already."""

    __tablename__ = "credit_aliases"

    gateway: Mapped[str] = mapped_column(String(32), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: One at most: two names that a bank gave are two credits.
    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"), unique=True)
    recorded_at: Mapped[datetime]
    #: The message that told it.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))


class CreditDispute(Base):
    """A repeat that says something else than the credit that is recorded; the first word stands, a person looks."""

    __tablename__ = "credit_disputes"

    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"), primary_key=True, autoincrement=False)
    #: The digest of what the repeat says; the same contradiction is noted once.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    amount_vnd: Mapped[int]
    seen_at: Mapped[datetime]


class Payment(Base):
    """A credit recorded for a stall: the stall's n-th, chained to the one before it.

    `digest` is SHA-256 over the digest before it, the number and the credit's digest; see `payments.recording.chain`.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("stall_id", "receipt_number"),
        UniqueConstraint("credit_id", "assignment"),
        # Its ledger, which is locked already, has its stall and its market; to ask for these themselves would lock rows
        # that everybody asks for.
        ForeignKeyConstraint(["stall_id", "market_id"], ["stall_ledgers.stall_id", "stall_ledgers.market_id"]),
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
        CheckConstraint("held_vnd BETWEEN 0 AND payment_vnd", name="never_more_than_paid"),
        CheckConstraint("reversed_vnd BETWEEN 0 AND payment_vnd", name="reversed_at_most_whole"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True, autoincrement=False)
    payment_vnd: Mapped[int]
    #: Refunds that are done or may yet be, money given back in cash, and the whole when an assignment was taken back.
    held_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    #: What the bank took back by itself.
    reversed_vnd: Mapped[int] = mapped_column(default=0, server_default="0")


class Correction(Base):
    """Money of a payment that went back: the stall's n-th correction, chained to the one before it.

    `kind` is refund, reversal, cash_back, cash_back_undone or withdrawal; all but cash_back_undone take away.
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
    #: The day whose totals it changes: that of `happened_at`; of a withdrawal, the payment's own.
    market_day: Mapped[date]
    recorded_at: Mapped[datetime]
    #: Null where the bank acted by itself.
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: What it was made from, once: a refund's or a reversal's id, the tap of a page, the correction that it undoes.
    source: Mapped[str] = mapped_column(String(128))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class Reversal(Base):
    """What a bank reported to have taken back, once for each `(gateway, external_id)`; it may overtake its credit."""

    __tablename__ = "reversals"
    __table_args__ = (
        UniqueConstraint("gateway", "external_id"),
        Index(
            "ix_reversals_waiting",
            "gateway",
            "credit_external_id",
            sqlite_where=text("credit_id IS NULL"),
            postgresql_where=text("credit_id IS NULL"),
        ),
        Index(None, "credit_id"),
        CheckConstraint(AMOUNT_IN_RANGE, name="amount_in_range"),
    )

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    #: The gateway's id of the credit that was taken back.
    credit_external_id: Mapped[str] = mapped_column(String(64))
    bank_ref: Mapped[str] = mapped_column(String(64))
    amount_vnd: Mapped[int]
    reason: Mapped[str]
    #: The bank's time.
    booked_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    #: Null until the credit is known.
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credits.id"))
    #: Null until the credit has a stall; and where more would go back than was paid, which a person must look at.
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"), unique=True)


class ReversalDispute(Base):
    """A repeat that says something else than the reversal that is recorded; the first word stands, a person looks."""

    __tablename__ = "reversal_disputes"

    reversal_id: Mapped[int] = mapped_column(ForeignKey("reversals.id"), primary_key=True, autoincrement=False)
    #: The digest of what the repeat says; the same contradiction is noted once.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    amount_vnd: Mapped[int]
    seen_at: Mapped[datetime]


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
    #: Why it is here: no_match, ambiguous, contradiction, withdrawn.
    reason: Mapped[str] = mapped_column(String(32))
    recorded_at: Mapped[datetime]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    assigned_at: Mapped[datetime | None]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    assigned_because: Mapped[str | None]


class UnmatchedLedger(Base):
    """Where the work list's chain stands: one row, locked after any stall's."""

    __tablename__ = "unmatched_ledger"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]
    last_digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class StallLedger(Base):
    """Where a stall's chains stand; the row that everything about a stall's money locks first."""

    __tablename__ = "stall_ledgers"
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
            "refunds_vnd >= 0 AND reversals_vnd >= 0 AND cash_back_vnd >= 0", name="what_went_back_adds_up"
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
    cash_back_count: Mapped[int] = mapped_column(default=0, server_default="0")
    cash_back_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
