"""The table of cash sales."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key


class CashSale(Base):
    """A sale for cash that a vendor noted. A correction is a row of its own that names the one it undoes."""

    __tablename__ = "cash_sales"
    __table_args__ = (
        UniqueConstraint("stall_id", "entry_key"),
        UniqueConstraint("undoes_id"),
        CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name="amount_in_range"),
        Index(None, "stall_id", "sold_at"),
    )

    id: Mapped[Key]
    stall_id: Mapped[int] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    amount_vnd: Mapped[int]
    sold_at: Mapped[datetime]
    market_day: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: Made by the page that was tapped, so that a double tap notes one sale.
    entry_key: Mapped[str] = mapped_column(String(64))
    #: The sale that this row takes back; both then count for nothing.
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("cash_sales.id"))
