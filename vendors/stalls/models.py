"""Tables of vendors, stalls and settlement accounts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key
from market.markets.models import Market

#: Enough that nobody finds another account with the fingerprint of a given one.
FINGERPRINT_LENGTH = 24
#: What an approver has seen of a stall that waits without an account.
NO_ACCOUNT = "none"


class StallStatus(StrEnum):
    """Where a stall stands in its life. A registration that was refused is closed without ever having been approved."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AccountStatus(StrEnum):
    """Where a settlement account stands: waiting, in force, replaced, or refused."""

    PROPOSED = "proposed"
    CURRENT = "current"
    PAST = "past"
    REJECTED = "rejected"


class NameCheck(StrEnum):
    """What the bank said about the holder's name; `NOT_ASKED` when it did not answer."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    NOT_ASKED = "not_asked"


class Vendor(Base):
    """A trader, as registered for one stall: who may change the one stall's may not change another's.

    The phone number is personal: it shows to the board and to the vendor, nowhere else.
    """

    __tablename__ = "vendors"

    id: Mapped[Key]
    name: Mapped[str]
    #: Digits only, starting with 0: ten of them, eleven for a landline.
    phone: Mapped[str] = mapped_column(String(16))
    #: Who entered the number, and so cannot hand out the sign-in that goes with it.
    phone_set_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: The account that the vendor signs in with, once there is one.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]


class Stall(Base):
    """A stall of a market, kept by a vendor."""

    __tablename__ = "stalls"
    __table_args__ = (
        UniqueConstraint("market_id", "number"),
        CheckConstraint("status IN ('pending', 'active', 'suspended', 'closed')", name="status_known"),
        Index(None, "market_id", "status"),
    )

    id: Mapped[Key]
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    #: What is painted on the stall, in capitals: "A012".
    number: Mapped[str] = mapped_column(String(8))
    #: Market code, dash, number: "DX01-A012".
    code: Mapped[str] = mapped_column(String(20), unique=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"), index=True)
    goods_line: Mapped[str] = mapped_column(String(64))
    #: The words of code, vendor, holder and goods line, without accents, as `core.search.index_words` makes them.
    search_key: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(String(16))
    #: Made up for a demonstration; every page that shows it says so.
    synthetic: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    registered_by_name: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    market: Mapped[Market] = relationship()
    vendor: Mapped[Vendor] = relationship()
    accounts: Mapped[list[SettlementAccount]] = relationship(order_by="SettlementAccount.id")


class StallOperation(Base):
    """A stretch of market days during which a stall was in operation; the denominators of adoption come from these.

    Opened by approval (or by the end of a suspension), ended by suspension or closing.
    """

    __tablename__ = "stall_operations"
    __table_args__ = (
        CheckConstraint("until_day IS NULL OR until_day >= from_day", name="days_in_order"),
        Index(
            "uq_stall_operations_open",
            "stall_id",
            unique=True,
            sqlite_where=text("until_day IS NULL"),
            postgresql_where=text("until_day IS NULL"),
        ),
        Index(None, "stall_id", "from_day"),
    )

    id: Mapped[Key]
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    from_day: Mapped[date]
    #: The first market day on which it was no longer in operation; null while it is.
    until_day: Mapped[date | None]


class SettlementAccount(Base):
    """A bank account that a stall's money goes to: proposed by one person, approved by another."""

    __tablename__ = "settlement_accounts"
    __table_args__ = (
        CheckConstraint("status IN ('proposed', 'current', 'past', 'rejected')", name="status_known"),
        Index(
            "uq_settlement_accounts_current",
            "stall_id",
            unique=True,
            sqlite_where=text("status = 'current'"),
            postgresql_where=text("status = 'current'"),
        ),
        Index(
            "uq_settlement_accounts_proposed",
            "stall_id",
            unique=True,
            sqlite_where=text("status = 'proposed'"),
            postgresql_where=text("status = 'proposed'"),
        ),
        Index(None, "account_number"),
    )

    id: Mapped[Key]
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    bank_bin: Mapped[str] = mapped_column(String(6))
    account_number: Mapped[str] = mapped_column(String(19))
    #: As the bank writes it: capitals without accents.
    holder_name: Mapped[str]
    status: Mapped[str] = mapped_column(String(16))
    #: What the bank answered when asked for the holder: match, mismatch, not_found, not_asked.
    name_check: Mapped[str] = mapped_column(String(16))
    name_found: Mapped[str | None]
    #: Why the approver went on in spite of a warning.
    overruled_because: Mapped[str | None]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_by_name: Mapped[str] = mapped_column(default="", server_default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def fingerprint(self) -> str:
        """What an approver has seen of it, in 24 characters: another bank, number or holder has another one."""
        seen = "|".join((self.bank_bin, self.account_number, self.holder_name))
        return sha256(seen.encode()).hexdigest()[:FINGERPRINT_LENGTH]
