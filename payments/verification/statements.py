"""Statements hold what they say they hold, and what their lines were tied to says the same as they do."""

from __future__ import annotations

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from payments.reconciliation.discrepancies import KINDS, key_of_line, signed_vnd
from payments.reconciliation.models import Discrepancy, DiscrepancyEntry, Statement, StatementLine
from payments.reconciliation.outcomes import DiscrepancyAction, Outcome, Reason, Source
from payments.recording.aliases import STATEMENT_ID
from payments.recording.models import Credit, CreditAlias, Reversal
from payments.refunds.models import Refund
from payments.statement_lines import Direction
from payments.verification.report import ROWS_AT_ONCE, Report, stream

_AGREEING = (Outcome.MATCHED.value, Outcome.RECORDED.value)


def check(session: Session, report: Report) -> None:
    """Compare every statement with its lines, and every line with what it was tied to."""
    _check_sums(session, report)
    _check_ties(session, report)
    _check_untied(session, report)
    _check_ids(session, report)
    _check_opened(session, report)
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
            func.count().filter(StatementLine.outcome.is_(None)).label("unprocessed"),
            func.min(StatementLine.booked_at).label("first"),
            func.max(StatementLine.booked_at).label("last"),
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
            func.coalesce(lines.c.unprocessed, 0),
            lines.c.first,
            lines.c.last,
        ).outerjoin(lines, lines.c.statement_id == Statement.id),
    ):
        said = [statement.credits_count, statement.credits_vnd, statement.debits_count, statement.debits_vnd]
        if [int(number) for number in there[:4]] != said:
            report.find(f"statement {statement.id}: its lines are {there[:4]}, it says {said}; lines were changed")
        if statement.processed_at is not None and there[4]:
            report.find(f"statement {statement.id}: is processed, and {there[4]} of its lines are not")
        # What was pulled is of the window that was asked for; its accounts have that too.
        if statement.source != Source.PULL.value and there[5:] != [statement.since, statement.until]:
            report.find(f"statement {statement.id}: is of another time than its lines")


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


def _check_untied(session: Session, report: Report) -> None:
    """What agrees, or stands there twice, agrees with something."""
    statement = select(StatementLine.statement_id, StatementLine.position).where(
        StatementLine.outcome.in_((*_AGREEING, Outcome.DUPLICATE.value)),
        case(
            (StatementLine.direction == Direction.CREDIT.value, StatementLine.credit_id.is_(None)),
            else_=and_(StatementLine.refund_id.is_(None), StatementLine.reversal_id.is_(None)),
        ),
    )
    for statement_id, position in session.execute(statement):
        report.find(f"statement {statement_id}, line {position}: what it was tied to is not there")


def _check_ids(session: Session, report: Report) -> None:
    """The gateway's id in a line leads to the credit that the line was tied to: it is the credit's id or its alias.

    A credit that a statement brought has no alias before its notification comes, and the line of a file may have
    another id for a credit: there the bank's reference ties the line.
    """
    by_ref_alone = (StatementLine.bank_ref == Credit.bank_ref) & or_(
        Credit.external_id.startswith(STATEMENT_ID, autoescape=True),
        func.coalesce(StatementLine.reason, "").in_((Reason.OTHER_ID.value, Reason.OTHER_GATEWAY.value)),
    )
    statement = (
        select(StatementLine.statement_id, StatementLine.position)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .join(Credit, Credit.id == StatementLine.credit_id)
        .outerjoin(
            CreditAlias,
            (CreditAlias.gateway == Statement.gateway) & (CreditAlias.external_id == StatementLine.external_id),
        )
        .where(
            StatementLine.direction == Direction.CREDIT.value,
            StatementLine.external_id != Credit.external_id,
            or_(
                CreditAlias.credit_id != Credit.id,
                CreditAlias.credit_id.is_(None) & ~by_ref_alone,
            ),
        )
    )
    for statement_id, position in session.execute(statement):
        report.find(f"statement {statement_id}, line {position}: names another credit than it was tied to")


def _check_opened(session: Session, report: Report) -> None:
    """Every line that a person must look at has its discrepancy, open or closed.

    That a line is an ordinary debit, which nobody looks at, is no reason for one that is tied to ours or is no debit.
    """
    ordinary = and_(
        StatementLine.outcome == Outcome.UNKNOWN.value,
        StatementLine.direction == Direction.DEBIT.value,
        StatementLine.is_reversal.is_(False),
        StatementLine.credit_id.is_(None),
        StatementLine.refund_id.is_(None),
        StatementLine.reversal_id.is_(None),
    )
    statement = (
        select(StatementLine, Statement)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(
            StatementLine.outcome.in_(KINDS),
            or_(func.coalesce(StatementLine.reason, "") != Reason.ORDINARY_DEBIT.value, ~ordinary),
        )
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for rows in session.execute(statement).partitions():
        lines = {key_of_line(told, line, KINDS[Outcome(str(line.outcome))]): line for line, told in rows}
        found = select(Discrepancy.key, Discrepancy.bank_vnd).where(Discrepancy.key.in_(lines))
        bank_vnd = {row[0]: row[1] for row in session.execute(found)}
        for key, line in lines.items():
            where = f"statement {line.statement_id}, line {line.position}"
            if key not in bank_vnd:
                report.find(f"{where}: is {line.outcome}, and its discrepancy was removed from the work list")
            elif bank_vnd[key] != signed_vnd(line):
                report.find(f"{where}: its discrepancy says {bank_vnd[key]} đồng, the bank {signed_vnd(line)}")


def _check_work_list(session: Session, report: Report) -> None:
    newest = (
        select(DiscrepancyEntry.discrepancy_id, func.max(DiscrepancyEntry.number).label("number"))
        .group_by(DiscrepancyEntry.discrepancy_id)
        .subquery()
    )
    for discrepancy_id, is_open, action in session.execute(
        select(Discrepancy.id, Discrepancy.is_open, DiscrepancyEntry.action)
        .outerjoin(newest, newest.c.discrepancy_id == Discrepancy.id)
        .outerjoin(
            DiscrepancyEntry,
            (DiscrepancyEntry.discrepancy_id == Discrepancy.id) & (DiscrepancyEntry.number == newest.c.number),
        )
    ):
        if is_open != (action != DiscrepancyAction.CLOSE):
            report.find(f"discrepancy {discrepancy_id}: is {'open' if is_open else 'closed'} against its newest entry")
