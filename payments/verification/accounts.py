"""What a statement says of its accounts fits its lines, and everything of a statement has its statement.

For which accounts and times a statement speaks decides what is missing at the bank.
"""

from __future__ import annotations

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from payments.reconciliation.models import (
    Discrepancy,
    DiscrepancyEntry,
    Statement,
    StatementAccount,
    StatementLine,
)
from payments.reconciliation.outcomes import Source
from payments.statement_lines import Direction
from payments.verification.report import Report


def check(session: Session, report: Report) -> None:
    """Look for statements that are gone, and for accounts that are not as the lines say."""
    _check_removed(session, report)
    _check_asked(session, report)
    _check_of_lines(session, report)
    _check_balances(session, report)


def _check_removed(session: Session, report: Report) -> None:
    for table in (StatementLine, StatementAccount, Discrepancy, DiscrepancyEntry):
        statement = (
            select(table.statement_id, func.count())
            .outerjoin(Statement, Statement.id == table.statement_id)
            .where(table.statement_id.is_not(None), Statement.id.is_(None))
            .group_by(table.statement_id)
            .order_by(table.statement_id)
        )
        for statement_id, count in session.execute(statement):
            report.find(f"statement {statement_id}: was removed, and {count} rows of {table.__tablename__} are of it")


def _check_asked(session: Session, report: Report) -> None:
    """What was pulled speaks for all accounts and its own window, a table for none, a file for those that it names."""
    count, named = func.count(StatementAccount.id), func.count(StatementAccount.account_number)
    in_window = (StatementAccount.since == Statement.since) & (StatementAccount.until == Statement.until)
    statement = (
        select(Statement.id)
        .outerjoin(StatementAccount, StatementAccount.statement_id == Statement.id)
        .group_by(Statement.id, Statement.source)
        .having(
            or_(
                and_(
                    Statement.source == Source.PULL.value,
                    or_(count != 1, named != 0, func.count().filter(in_window) != 1),
                ),
                and_(Statement.source == Source.TABLE.value, count != 0),
                and_(Statement.source == Source.CAMT.value, named != count),
            )
        )
        .order_by(Statement.id)
    )
    for statement_id in session.scalars(statement):
        report.find(f"statement {statement_id}: speaks for other accounts or times than were asked for")


def _check_of_lines(session: Session, report: Report) -> None:
    statement = (
        select(StatementLine.statement_id, StatementLine.account_number)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .outerjoin(
            StatementAccount,
            (StatementAccount.statement_id == StatementLine.statement_id)
            & (StatementAccount.account_number == StatementLine.account_number),
        )
        .where(Statement.source == Source.CAMT.value, StatementAccount.id.is_(None))
        .group_by(StatementLine.statement_id, StatementLine.account_number)
        .order_by(StatementLine.statement_id, StatementLine.account_number)
    )
    for statement_id, account_number in session.execute(statement):
        report.find(f"statement {statement_id}: has lines of account {account_number}, and says nothing of it")


def _check_balances(session: Session, report: Report) -> None:
    """Where nothing was left out, the lines lead from the opening balance to the closing one."""
    told_whole = and_(
        StatementAccount.entire.is_(True),
        StatementAccount.opening_vnd.is_not(None),
        StatementAccount.closing_vnd.is_not(None),
    )
    told = (
        select(
            StatementAccount.statement_id,
            StatementAccount.account_number,
            func.sum(StatementAccount.closing_vnd - StatementAccount.opening_vnd).label("vnd"),
        )
        .group_by(StatementAccount.statement_id, StatementAccount.account_number)
        .having(func.count() == func.count().filter(told_whole))
        .subquery()
    )
    sign = case((StatementLine.direction == Direction.CREDIT.value, 1), else_=-1)
    moved = (
        select(
            StatementLine.statement_id,
            StatementLine.account_number,
            func.sum(sign * StatementLine.amount_vnd).label("vnd"),
        )
        .group_by(StatementLine.statement_id, StatementLine.account_number)
        .subquery()
    )
    statement = (
        select(told.c.statement_id, told.c.account_number, told.c.vnd, func.coalesce(moved.c.vnd, 0))
        .outerjoin(
            moved,
            (moved.c.statement_id == told.c.statement_id) & (moved.c.account_number == told.c.account_number),
        )
        .where(told.c.vnd != func.coalesce(moved.c.vnd, 0))
        .order_by(told.c.statement_id, told.c.account_number)
    )
    for statement_id, account_number, told_vnd, moved_vnd in session.execute(statement):
        report.find(
            f"statement {statement_id}: the balances of account {account_number} are {told_vnd} đồng apart, "
            f"its lines move {moved_vnd}"
        )
