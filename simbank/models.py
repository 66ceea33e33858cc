"""Tables. The bank keeps double entry.

Every transfer that was done has two ledger entries that sum to zero, and each account's balance is
the sum of its entries.
"""

import enum
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from .limits import (
    ACCOUNT_NUMBER_MAX,
    AMOUNT_MAX_VND,
    AMOUNT_MIN_VND,
    CONTENT_MAX,
    HOLDER_NAME_MAX,
    KEY_MAX,
    LABEL_MAX,
)

SCHEMA_VERSION = 2

NEVER = datetime(9999, 12, 31, tzinfo=UTC)

# SQLite counts rows only in a column that is exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on SQLite too, where text of one width sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment, aware, in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if dialect.name == "sqlite" else moment.astimezone(UTC)


class AccountKind(enum.StrEnum):
    """Whose money an account holds."""

    CUSTOMER = "customer"
    HOUSE = "house"


class AccountStatus(enum.StrEnum):
    """Whether an account may send."""

    ACTIVE = "active"
    FROZEN = "frozen"


class TransferKind(enum.StrEnum):
    """Why money moved."""

    OPENING = "opening"
    TRANSFER = "transfer"
    REFUND = "refund"
    REVERSAL = "reversal"


class TransferState(enum.StrEnum):
    """How a transfer ended. Both are final."""

    DONE = "done"
    REFUSED = "refused"


class Refusal(enum.StrEnum):
    """Why the bank refused; the value is the stable code."""

    ACCOUNT_FROZEN = "account_frozen"
    OTHER_BANK = "other_bank"
    UNKNOWN_ACCOUNT = "unknown_account"
    SAME_ACCOUNT = "same_account"
    OVER_TRANSFER_LIMIT = "over_transfer_limit"
    OVER_DAILY_LIMIT = "over_daily_limit"
    INSUFFICIENT_FUNDS = "insufficient_funds"


class ReturnRefusal(enum.StrEnum):
    """Why the bank gives no money of a credit back; the value is the stable code."""

    CREDIT_REVERSED = "credit_reversed"
    OVER_REFUNDED = "over_refunded"
    NOTHING_LEFT = "nothing_left"
    ACCOUNT_FROZEN = "account_frozen"
    INSUFFICIENT_FUNDS = "insufficient_funds"


class MessageType(enum.StrEnum):
    """What a message tells; the value is the notification's `type`."""

    CREDITS = "credits.received"
    REVERSALS = "credits.reversed"


class MessageState(enum.StrEnum):
    """Whether the partner has taken a message."""

    PENDING = "pending"
    DELIVERED = "delivered"


class StopReason(enum.StrEnum):
    """Why a message is not sent (again), though nobody took it; faults stop messages."""

    LOST = "lost"
    MENDED = "mended"


RETURNED_WITHIN_CREDIT = "returned_vnd BETWEEN 0 AND amount_vnd"


class Base(DeclarativeBase):
    """The bank's own tables; no other program's metadata knows them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SchemaVersion(Base):
    """One row: the version that the tables were created with."""

    __tablename__ = "schema_version"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int]


class Account(Base):
    """Money of one holder. `None` as a limit means the bank's own."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("kind = 'house' OR balance_vnd >= 0", name="not_overdrawn"),
        CheckConstraint("kind IN ('house', 'customer')", name="kind"),
        CheckConstraint("status IN ('active', 'frozen')", name="status"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(ACCOUNT_NUMBER_MAX), unique=True)
    holder_name: Mapped[str] = mapped_column(String(HOLDER_NAME_MAX))
    kind: Mapped[str] = mapped_column(String(10), default=AccountKind.CUSTOMER)
    status: Mapped[str] = mapped_column(String(10), default=AccountStatus.ACTIVE)
    balance_vnd: Mapped[int] = mapped_column(BigInteger, default=0)
    transfer_limit_vnd: Mapped[int | None] = mapped_column(BigInteger)
    daily_limit_vnd: Mapped[int | None] = mapped_column(BigInteger)
    reported: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Credits to this account are reported to the partner."""
    payer_ref: Mapped[str] = mapped_column(String(12), unique=True)
    """What the partner learns of a payer instead of the account number; the same every time."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Customer(Base):
    """A demo shopper who can sign in to the app."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(15), unique=True)
    pin: Mapped[str] = mapped_column(String(6))
    """In clear, because the sign-in page shows it: these are samples, not people."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class VirtualAccount(Base):
    """Another number of an account, by which its holder tells payments apart."""

    __tablename__ = "virtual_accounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(ACCOUNT_NUMBER_MAX), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    label: Mapped[str] = mapped_column(String(LABEL_MAX))
    request_id: Mapped[str] = mapped_column(String(LABEL_MAX), unique=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Transfer(Base):
    """One order to move money, done or refused; final either way."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint(
            f"kind = 'opening' OR amount_vnd BETWEEN {AMOUNT_MIN_VND} AND {AMOUNT_MAX_VND}",
            name="amount",
        ),
        CheckConstraint("state IN ('done', 'refused')", name="state"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal_stated"),
        CheckConstraint("state = 'refused' OR payee_id IS NOT NULL", name="done_has_payee"),
        Index(None, "payer_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bank_ref: Mapped[str] = mapped_column(String(20), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(10), default=TransferKind.TRANSFER)
    payer_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    payer: Mapped[Account] = relationship(foreign_keys=[payer_id], lazy="joined", innerjoin=True)
    payee_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    payee: Mapped[Account | None] = relationship(foreign_keys=[payee_id], lazy="joined")
    virtual_account_id: Mapped[int | None] = mapped_column(ForeignKey("virtual_accounts.id"))
    to_bank_bin: Mapped[str] = mapped_column(String(6))
    to_number: Mapped[str] = mapped_column(String(ACCOUNT_NUMBER_MAX))
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(String(CONTENT_MAX))
    state: Mapped[str] = mapped_column(String(10))
    refusal: Mapped[str | None] = mapped_column(String(30))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LedgerEntry(Base):
    """One side of a transfer: positive where money came in, negative where it went out."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("transfer_id", "account_id"),
        CheckConstraint("amount_vnd <> 0", name="moves"),
        Index(None, "account_id", "booked_at"),
        Index(None, "booked_at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    balance_after_vnd: Mapped[int] = mapped_column(BigInteger)
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Message(Base):
    """Credits, or reversals, that are sent together. Its id and its body are the same at every attempt."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered')", name="state"),
        Index(
            None,
            "due_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    type: Mapped[str] = mapped_column(String(20), default=MessageType.CREDITS, server_default=MessageType.CREDITS)
    state: Mapped[str] = mapped_column(String(10), default=MessageState.PENDING)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it may be taken (again): the end of a lease while it is under way, else of a wait."""
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The moment that stood in the proof of the attempt that was settled last."""
    last_result: Mapped[str | None] = mapped_column(String(200))
    stopped: Mapped[str | None] = mapped_column(String(10))
    waits_for_next: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Falls due when a later message was delivered."""


class Credit(Base):
    """What the partner is told of one transfer, as it stood when the money moved."""

    __tablename__ = "credits"
    __table_args__ = (
        CheckConstraint(RETURNED_WITHIN_CREDIT, name="returned"),
        Index(
            "ix_credits_unsent",
            "seq",
            sqlite_where=text("message_id IS NULL"),
            postgresql_where=text("message_id IS NULL"),
        ),
        Index(
            None,
            "reverse_at",
            sqlite_where=text("reverse_at IS NOT NULL"),
            postgresql_where=text("reverse_at IS NOT NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(RowId, primary_key=True)
    id: Mapped[str] = mapped_column(String(24), unique=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), unique=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), index=True)
    message: Mapped[Message | None] = relationship()
    bank_ref: Mapped[str] = mapped_column(String(20))
    account_number: Mapped[str] = mapped_column(String(ACCOUNT_NUMBER_MAX))
    virtual_account: Mapped[str | None] = mapped_column(String(ACCOUNT_NUMBER_MAX))
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(String(CONTENT_MAX))
    payer_bank_bin: Mapped[str] = mapped_column(String(6))
    payer_name: Mapped[str] = mapped_column(String(HOLDER_NAME_MAX))
    payer_ref: Mapped[str] = mapped_column(String(12))
    paid_at: Mapped[datetime] = mapped_column(UtcDateTime)
    returned_vnd: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """What went back of it so far, by refunds and by a reversal."""
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What a fault has the partner told instead of the truth, by field."""
    reverse_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a fault takes it back."""


class Refund(Base):
    """A partner's order to give money of a credit back, done or refused; final either way."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint(f"amount_vnd BETWEEN {AMOUNT_MIN_VND} AND {AMOUNT_MAX_VND}", name="amount"),
        CheckConstraint("state IN ('done', 'refused')", name="state"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal_stated"),
        CheckConstraint("(state = 'done') = (transfer_id IS NOT NULL)", name="done_has_transfer"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[str] = mapped_column(String(KEY_MAX), unique=True)
    credit_seq: Mapped[int] = mapped_column(ForeignKey("credits.seq"), index=True)
    credit: Mapped[Credit] = relationship(lazy="joined", innerjoin=True)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(CONTENT_MAX))
    state: Mapped[str] = mapped_column(String(10))
    refusal: Mapped[str | None] = mapped_column(String(30))
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"), unique=True)
    transfer: Mapped[Transfer | None] = relationship(lazy="joined")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reversal(Base):
    """What the bank took back of a credit by itself: all that refunds had left. Once for each credit."""

    __tablename__ = "reversals"
    __table_args__ = (
        Index(
            "ix_reversals_unsent",
            "seq",
            sqlite_where=text("message_id IS NULL"),
            postgresql_where=text("message_id IS NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(RowId, primary_key=True)
    id: Mapped[str] = mapped_column(String(24), unique=True)
    credit_seq: Mapped[int] = mapped_column(ForeignKey("credits.seq"), unique=True)
    credit: Mapped[Credit] = relationship(lazy="joined", innerjoin=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), unique=True)
    transfer: Mapped[Transfer] = relationship(lazy="joined", innerjoin=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), index=True)
    reason: Mapped[str] = mapped_column(String(CONTENT_MAX))
