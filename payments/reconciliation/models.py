"""Tables of reconciliation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key

_OUTCOMES = "'matched', 'recorded', 'different', 'duplicate', 'unknown'"


class References(TypeDecorator[tuple[str, ...]]):
    """References in one text, each in a line of its own: none holds a line break."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As the column keeps them."""
        return None if value is None else "\n".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        """As `Line` has them."""
        return tuple(value.split("\n")) if value else ()


class Statement(Base):
    """A statement that was read whole: a file, or what a gateway answered for a window of time."""

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("gateway", "digest"),
        CheckConstraint("source IN ('camt', 'table', 'pull')", name="source_known"),
        CheckConstraint("credits_vnd >= credits_count AND debits_vnd >= debits_count", name="sums_add_up"),
    )

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(8))
    #: SHA-256 of the file, or of the window, whether it was over, and the lines that were pulled: each is taken once.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    #: What the file was called.
    name: Mapped[str] = mapped_column(String(120))
    #: From the first booking to the last, or the window that was asked for; null when there is nothing in it.
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    credits_count: Mapped[int]
    credits_vnd: Mapped[int]
    debits_count: Mapped[int]
    debits_vnd: Mapped[int]
    #: What it mentions and is no money: waiting entries, and those that moved nothing.
    passed_over: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    imported_by_name: Mapped[str]
    #: When its last line was processed; null while some are not. Processing goes on where it stopped.
    processed_at: Mapped[datetime | None]


class StatementAccount(Base):
    """What a statement says of one account."""

    __tablename__ = "statement_accounts"
    __table_args__ = (Index(None, "statement_id"),)

    id: Mapped[Key]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    #: Null: every account of the gateway.
    account_number: Mapped[str | None] = mapped_column(String(34))
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    #: Whether what it does not show did not happen.
    entire: Mapped[bool]
    opening_vnd: Mapped[int | None]
    closing_vnd: Mapped[int | None]


class StatementLine(Base):
    """A line of a statement, with what became of it.

    Its columns from `account_number` to `entry_ref` are those of `payments.statement_lines.Line`, by the same names.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("statement_id", "position"),
        CheckConstraint("direction IN ('credit', 'debit')", name="direction_known"),
        CheckConstraint("amount_vnd >= 1", name="amount_moved"),
        CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome_known"),
        Index(None, "credit_id"),
        Index(
            "ix_statement_lines_unprocessed",
            "statement_id",
            "position",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[Key]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    #: 1, 2, 3 … in the statement's order.
    position: Mapped[int]
    account_number: Mapped[str] = mapped_column(String(34))
    direction: Mapped[str] = mapped_column(String(6))
    amount_vnd: Mapped[int]
    booked_at: Mapped[datetime]
    day_only: Mapped[bool]
    bank_ref: Mapped[str | None] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(64))
    other_refs: Mapped[tuple[str, ...]] = mapped_column(References)
    virtual_account: Mapped[str | None] = mapped_column(String(34))
    content: Mapped[str]
    party_name: Mapped[str | None]
    party_account: Mapped[str | None] = mapped_column(String(64))
    party_bank_bin: Mapped[str | None] = mapped_column(String(6))
    bank_bin: Mapped[str | None] = mapped_column(String(6))
    is_reversal: Mapped[bool]
    line_number: Mapped[int]
    entry_ref: Mapped[str | None] = mapped_column(String(64))
    #: Null until it is processed.
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    #: What it was tied to.
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credits.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"))
    reversal_id: Mapped[int | None] = mapped_column(ForeignKey("reversals.id"))


class Discrepancy(Base):
    """Something that a person should look at, once however many statements show it."""

    __tablename__ = "discrepancies"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_discrepancies_open",
            "opened_at",
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        Index(None, "credit_id"),
        Index(None, "statement_id"),
    )

    id: Mapped[Key]
    #: What makes it the same discrepancy when another statement shows it again.
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    #: `outcomes.Reason` of a line, `lines.FindingKind` of a finding.
    reason: Mapped[str] = mapped_column(String(32))
    gateway: Mapped[str] = mapped_column(String(32))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("statement_lines.id"))
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credits.id"))
    account_number: Mapped[str | None] = mapped_column(String(34))
    #: What the bank says and what we say, with a sign: debits are below nothing. Null where nothing is said.
    bank_vnd: Mapped[int | None]
    our_vnd: Mapped[int | None]
    #: Of a finding: the line of the document, the entry, and what stands there.
    line_number: Mapped[int | None]
    entry_ref: Mapped[str | None] = mapped_column(String(64))
    expected: Mapped[str] = mapped_column(default="", server_default="")
    found: Mapped[str] = mapped_column(default="", server_default="")
    happened_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    #: As its newest entry leaves it.
    is_open: Mapped[bool] = mapped_column(default=True, server_default=true())


class DiscrepancyEntry(Base):
    """What was done about a discrepancy: its n-th entry. Nothing is ever taken out."""

    __tablename__ = "discrepancy_entries"
    __table_args__ = (
        UniqueConstraint("discrepancy_id", "number"),
        CheckConstraint("action IN ('close', 'reopen')", name="action_known"),
    )

    id: Mapped[Key]
    discrepancy_id: Mapped[int] = mapped_column(ForeignKey("discrepancies.id"))
    number: Mapped[int]
    action: Mapped[str] = mapped_column(String(8))
    note: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_by_name: Mapped[str]
    #: The statement that showed what had been missing; null where a person acted.
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statements.id"))
