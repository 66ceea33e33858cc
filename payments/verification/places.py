"""Rows about a stall's money name its own market, and stalls in operation say since when."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from payments.cash.models import CashSale
from payments.recording.models import Correction, Payment, PaymentRequest, StallChainHead, StallDay
from payments.refunds.models import Refund
from payments.verification.report import Report
from vendors.stalls.models import Stall, StallOperation, StallStatus


def check(session: Session, report: Report) -> None:
    """Check both."""
    _check_markets(session, report)
    _check_operations(session, report)


def _check_markets(session: Session, report: Report) -> None:
    """Reports by market sum up these rows."""
    for table in (Payment, StallDay, StallChainHead, CashSale, Correction, Refund, PaymentRequest):
        statement = (
            select(Stall.code, func.count())
            .join_from(table, Stall, Stall.id == table.stall_id)
            .where(table.market_id != Stall.market_id)
            .group_by(Stall.code)
            .order_by(Stall.code)
        )
        for code, count in session.execute(statement):
            report.find(f"stall {code}: {count} rows of {table.__tablename__} name another market")


def _check_operations(session: Session, report: Report) -> None:
    """A stall in operation has one open stretch of days, another none; every denominator is counted from these."""
    stretches = func.count(StallOperation.id)
    statement = (
        select(Stall.code, Stall.status, stretches)
        .outerjoin(StallOperation, (StallOperation.stall_id == Stall.id) & StallOperation.until_day.is_(None))
        .group_by(Stall.id, Stall.code, Stall.status)
        .having(stretches != case((Stall.status == StallStatus.ACTIVE, 1), else_=0))
        .order_by(Stall.code)
    )
    for code, status, count in session.execute(statement):
        report.find(f"stall {code}: is {status}, and has {count} open stretches of operation")
