"""What banks reported: credits, their aliases, and reversals."""

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

from core.database import Base, Key
from payments.recording.facts import CreditFacts, ReversalFacts
from payments.recording.models.limits import AMOUNT_IN_RANGE


class Credit(CreditFacts, Base):
    """What a bank reported, once for each `(gateway, external_id)`, whichever stall it turns out to be for.

    What it says are the columns of `CreditFacts`.
    """

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
    #: Null for credits that came by no message: statements, demonstrations.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    #: Our time.
    recorded_at: Mapped[datetime]
    #: By which way it came first: see `payments.recording.aliases.Origin`.
    origin: Mapped[str] = mapped_column(String(16))
    #: Over all that the bank said; see `payments.recording.facts`.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class CreditAlias(Base):
    """Another id of a credit: a notification's, come after a statement had brought the credit already."""

    __tablename__ = "credit_aliases"

    gateway: Mapped[str] = mapped_column(String(32), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: One at most: two ids that a bank gave are two credits.
    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"), unique=True)
    recorded_at: Mapped[datetime]
    #: The message that reported it.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))


class CreditConflict(Base):
    """A repeat that says something else than the credit that is recorded; the first word stands, a person looks."""

    __tablename__ = "credit_conflicts"

    credit_id: Mapped[int] = mapped_column(ForeignKey("credits.id"), primary_key=True, autoincrement=False)
    #: The digest of what the repeat says; the same contradiction is noted once.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    amount_vnd: Mapped[int]
    seen_at: Mapped[datetime]


class Reversal(ReversalFacts, Base):
    """What a bank reported to have taken back, once for each `(gateway, external_id)`; it may overtake its credit.

    What it says are the columns of `ReversalFacts`.
    """

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
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    recorded_at: Mapped[datetime]
    #: Null until the credit is known.
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("credits.id"))
    #: Null until the credit has a stall; and where more would go back than was paid, which a person must look at.
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"), unique=True)


class ReversalConflict(Base):
    """A repeat that says something else than the reversal that is recorded; the first word stands, a person looks."""

    __tablename__ = "reversal_conflicts"

    reversal_id: Mapped[int] = mapped_column(ForeignKey("reversals.id"), primary_key=True, autoincrement=False)
    #: The digest of what the repeat says; the same contradiction is noted once.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_messages.id"))
    amount_vnd: Mapped[int]
    seen_at: Mapped[datetime]
