"""Statements hold what they say they hold, and what their lines were tied to says the same as they do."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.reconciliation.models import Difference, DifferenceEntry, Statement, StatementLine
from payments.reconciliation.outcomes import DifferenceAction, Outcome
from payments.recording.models import Credit, Reversal
from payments.refunds.models import Refund
from payments.statements.lines import Direction
from payments.verification.report import Report, stream

_AGREEING = (Outcome.MATCHED.value, Outcome.RECORDED.value)


def check(session: Session, report: Report) -> None:
    """Compare every statement with its lines, and every line with what it was tied to."""
    _check_sums(session, report)
    _check_ties(session, report)
    _check_work_list(session, report)


def _check_sums(session: Session, report: Report) -> None:
    is_credit = StatementLine.direction == Direction.CREDIT.value
    lines = (
        select(
            StatementLine.statement_id,
            func.count().filter(is_credit).label("credits"),
            func.coalesce(func.sum(StatementLine.amount_vnd).filter(is_credit), 0).label("credits_vnd"),
            func.count().filter(~is_credit).label("debits"),
            func.coalesce(func.sum(StatementLine.amount_vnd).filter(~is_credit), 0).label("debits_vnd"),
            func.count().filter(StatementLine.outcome.is_(None)).label("unsettled"),
        )
        .group_by(StatementLine.statement_id)
        .subquery()
    )
    for statement, *there in stream(
        session,
        select(
            Statement,
            func.coalesce(lines.c.credits, 0),
            func.coalesce(lines.c.credits_vnd, 0),
            func.coalesce(lines.c.debits, 0),
            func.coalesce(lines.c.debits_vnd, 0),
            func.coalesce(lines.c.unsettled, 0),
        ).outerjoin(lines, lines.c.statement_id == Statement.id),
    ):
        said = [statement.credits_count, statement.credits_vnd, statement.debits_count, statement.debits_vnd]
        if [int(number) for number in there[:4]] != said:
            report.find(f"statement {statement.id}: its lines are {there[:4]}, it says {said}; lines were changed")
        if statement.settled_at is not None and there[4]:
            report.find(f"statement {statement.id}: is settled, and {there[4]} of its lines are not")


def _check_ties(session: Session, report: Report) -> None:
    for model, column in (
        (Credit, StatementLine.credit_id),
        (Refund, StatementLine.refund_id),
        (Reversal, StatementLine.reversal_id),
    ):
        # A reversal's line names its credit too, which may be larger.
        alone = [StatementLine.reversal_id.is_(None)] if model is Credit else []
        differing = (
            select(StatementLine.statement_id, StatementLine.position)
            .join(model, model.id == column)
            .where(StatementLine.outcome.in_(_AGREEING), StatementLine.amount_vnd != model.amount_vnd, *alone)
        )
        for statement_id, position in session.execute(differing):
            report.find(f"statement {statement_id}, line {position}: says another amount than what it was tied to")
    twice = (
        select(StatementLine.statement_id, StatementLine.credit_id)
        .where(StatementLine.outcome.in_(_AGREEING), StatementLine.direction == Direction.CREDIT.value)
        .group_by(StatementLine.statement_id, StatementLine.credit_id)
        .having(func.count() > 1)
    )
    for statement_id, credit_id in session.execute(twice):
        report.find(f"statement {statement_id}: two lines were taken for credit {credit_id}")


def _check_work_list(session: Session, report: Report) -> None:
    newest = (
        select(DifferenceEntry.difference_id, func.max(DifferenceEntry.number).label("number"))
        .group_by(DifferenceEntry.difference_id)
        .subquery()
    )
    for difference_id, is_open, action in session.execute(
        select(Difference.id, Difference.is_open, DifferenceEntry.action)
        .outerjoin(newest, newest.c.difference_id == Difference.id)
        .outerjoin(
            DifferenceEntry,
            (DifferenceEntry.difference_id == Difference.id) & (DifferenceEntry.number == newest.c.number),
        )
    ):
        if is_open != (action != DifferenceAction.CLOSE):
            report.find(f"difference {difference_id}: is {'open' if is_open else 'closed'} against its newest entry")
