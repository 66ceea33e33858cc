"""The tables of payment codes, and of the references that were given."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key
from vendors.stalls.models import SettlementAccount, Stall


class ReferenceKind(StrEnum):
    """What a reference was given to."""

    CODE = "code"
    REQUEST = "request"


class PaymentReference(Base):
    """A reference that was given to a stall, for a code or for a payment request: to one thing, and never again.

    Codes and requests have it as a foreign key, with their stall, so that none carries a reference of another stall.
    """

    __tablename__ = "payment_references"
    __table_args__ = (
        UniqueConstraint("reference", "stall_id"),
        CheckConstraint("kind IN ('code', 'request')", name="kind_known"),
    )

    #: What stands in 62.08: prefix, base 32, check character; at most 12 characters.
    reference: Mapped[str] = mapped_column(String(12), primary_key=True)
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    kind: Mapped[str] = mapped_column(String(8))


class PaymentCode(Base):
    """One version of a stall's payment code. Money that comes by a revoked code still belongs to its stall."""

    __tablename__ = "payment_codes"
    __table_args__ = (
        UniqueConstraint("stall_id", "version"),
        UniqueConstraint("gateway", "virtual_account"),
        ForeignKeyConstraint(
            ["reference", "stall_id"], ["payment_references.reference", "payment_references.stall_id"]
        ),
        CheckConstraint("until_day IS NULL OR until_day >= from_day", name="days_in_order"),
        CheckConstraint("(until_day IS NULL) = (revoked_at IS NULL)", name="revoked_with_its_day"),
        Index(None, "bank_bin", "account_number"),
        Index(
            "uq_payment_codes_live",
            "stall_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    version: Mapped[int]
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    #: Which gateway issued the virtual account; null when the code carries the vendor's own account.
    gateway: Mapped[str | None] = mapped_column(String(32))
    virtual_account: Mapped[str | None] = mapped_column(String(19))
    settlement_account_id: Mapped[int] = mapped_column(ForeignKey("settlement_accounts.id"))
    #: The bank and account that the payload names: the virtual one, else the vendor's own.
    bank_bin: Mapped[str] = mapped_column(String(6))
    account_number: Mapped[str] = mapped_column(String(19))
    payload: Mapped[str] = mapped_column(String(512))
    issued_at: Mapped[datetime]
    #: The market days for which the stall counts as having a code: from this day …
    from_day: Mapped[date]
    #: … up to the day before this one; null while the code is live.
    until_day: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]

    stall: Mapped[Stall] = relationship()
    settlement_account: Mapped[SettlementAccount] = relationship()
