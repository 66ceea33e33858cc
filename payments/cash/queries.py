"""Reading cash sales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from payments.cash.models import CashSale


@dataclass(frozen=True, slots=True)
class CashView:
    """A cash sale; `taken_back` ones count for nothing."""

    id: int
    amount_vnd: int
    sold_at: datetime
    taken_back: bool


def sales_of_day(session: Session, stall_id: int, day: date) -> list[CashView]:
    """A stall's cash sales of a market day, newest first, those that were taken back among them."""
    undo = aliased(CashSale)
    statement = (
        select(CashSale.id, CashSale.amount_vnd, CashSale.sold_at, undo.id)
        .outerjoin(undo, undo.undoes_id == CashSale.id)
        .where(CashSale.stall_id == stall_id, CashSale.market_day == day, CashSale.undoes_id.is_(None))
        .order_by(CashSale.sold_at.desc(), CashSale.id.desc())
    )
    return [
        CashView(sale_id, amount_vnd, sold_at, undo_id is not None)
        for sale_id, amount_vnd, sold_at, undo_id in session.execute(statement)
    ]
