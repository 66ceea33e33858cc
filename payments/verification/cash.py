"""What takes a cash sale back fits it, and every sale counts on the day of its sale."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from core import clock
from payments.cash.models import CashSale
from payments.verification.report import Report, stream


def check(session: Session, report: Report) -> None:
    """Every row that takes a cash sale back says the same as the sale, and none takes back another such row."""
    undo = aliased(CashSale)
    statement = (
        select(CashSale.id, undo.id)
        .join(undo, undo.undoes_id == CashSale.id)
        .where(
            or_(
                undo.stall_id != CashSale.stall_id,
                undo.market_day != CashSale.market_day,
                undo.amount_vnd != CashSale.amount_vnd,
                CashSale.undoes_id.is_not(None),
            )
        )
        .order_by(undo.id)
    )
    for sale_id, undo_id in session.execute(statement):
        report.find(f"cash sale {sale_id}: row {undo_id} takes it back and does not fit it")
    for row in stream(session, select(CashSale.id, CashSale.sold_at, CashSale.market_day)):
        if row.market_day != clock.market_day(row.sold_at):
            report.find(f"cash sale {row.id}: counted on {row.market_day}, sold on {clock.market_day(row.sold_at)}")
