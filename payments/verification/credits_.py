"""Every credit is booked to one stall or waits for a person: never both, never neither, never twice."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from payments.reconciliation.models import StatementLine
from payments.reconciliation.outcomes import Outcome
from payments.recording.aliases import STATEMENT_ID, Origin
from payments.recording.booking import CorrectionKind
from payments.recording.facts import NAMES, credit_digest
from payments.recording.models import Correction, Credit, CreditAlias, Payment, UnmatchedCredit
from payments.statement_lines import Direction
from payments.verification.report import Report, stream


def check(session: Session, report: Report) -> None:
    """Look for credits that stand nowhere, twice, or are not what the bank reported any more."""
    report.credits = session.scalar(select(func.count()).select_from(Credit)) or 0
    _check_nowhere(session, report)
    _check_twice(session, report)
    doubles = select(Credit.gateway, Credit.external_id).group_by(Credit.gateway, Credit.external_id)
    for gateway, external_id in session.execute(doubles.having(func.count() > 1)):
        report.find(f"credit {gateway}/{external_id} was recorded more than once")
    _check_aliases(session, report)
    _check_origins(session, report)
    # A payment's credit is checked with its chain.
    waiting = (
        select(*(getattr(Credit, name) for name in NAMES), Credit.digest.label("credit_digest"))
        .join(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .where(UnmatchedCredit.payment_id.is_(None))
    )
    for row in stream(session, waiting):
        if credit_digest(row.gateway, row) != row.credit_digest:
            report.find(f"credit {row.gateway}/{row.external_id}: is not what the bank reported any more")


def _check_aliases(session: Session, report: Report) -> None:
    """Only what a statement brought under an id of ours has an alias, and no other credit has that alias for its id."""
    same_id = aliased(Credit)
    statement = (
        select(CreditAlias.gateway, CreditAlias.external_id)
        .join(Credit, Credit.id == CreditAlias.credit_id)
        .outerjoin(
            same_id,
            (same_id.gateway == CreditAlias.gateway) & (same_id.external_id == CreditAlias.external_id),
        )
        .where(
            or_(
                Credit.gateway != CreditAlias.gateway,
                ~Credit.external_id.startswith(STATEMENT_ID, autoescape=True),
                same_id.id.is_not(None),
            )
        )
    )
    for gateway, external_id in session.execute(statement):
        report.find(f"credit {gateway}/{external_id}: is an alias of a credit that it cannot be")


def _check_origins(session: Session, report: Report) -> None:
    """What a statement brought says so, and names no message: its notification finds it by that.

    Most have an id of ours; where the statement has the gateway's, the line that brought it shows where it came from.
    """
    by_statement = Credit.origin == Origin.STATEMENT.value
    id_is_ours = Credit.external_id.startswith(STATEMENT_ID, autoescape=True)
    statement = select(Credit.gateway, Credit.external_id).where(
        or_(id_is_ours & ~by_statement, by_statement & Credit.message_id.is_not(None))
    )
    brought = (
        select(Credit.gateway, Credit.external_id)
        .join(StatementLine, StatementLine.credit_id == Credit.id)
        .where(
            StatementLine.outcome == Outcome.RECORDED.value,
            StatementLine.direction == Direction.CREDIT.value,
            ~id_is_ours & ~by_statement,
        )
    )
    for one in (statement, brought):
        for gateway, external_id in session.execute(one):
            report.find(f"credit {gateway}/{external_id}: did not come by the way that it says")


def _check_nowhere(session: Session, report: Report) -> None:
    statement = (
        select(Credit.gateway, Credit.external_id)
        .outerjoin(Payment, Payment.credit_id == Credit.id)
        .outerjoin(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .where(Payment.id.is_(None), UnmatchedCredit.credit_id.is_(None))
    )
    for gateway, external_id in session.execute(statement):
        report.find(f"credit {gateway}/{external_id} stands nowhere")


def _check_twice(session: Session, report: Report) -> None:
    """What was ever on the work list has one open row, or one payment not taken back; all else cannot be two."""
    unassignment = aliased(Correction)
    standing = (
        select(Payment.credit_id, func.count().label("payments"))
        .outerjoin(
            unassignment,
            (unassignment.payment_id == Payment.id) & (unassignment.kind == CorrectionKind.UNASSIGNMENT),
        )
        .where(
            unassignment.id.is_(None),
            Payment.credit_id.in_(select(UnmatchedCredit.credit_id)),
        )
        .group_by(Payment.credit_id)
        .subquery()
    )
    open_rows = func.count().filter(UnmatchedCredit.payment_id.is_(None))
    payments = func.coalesce(func.max(standing.c.payments), 0)
    statement = (
        select(Credit.gateway, Credit.external_id, open_rows + payments)
        .join(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .outerjoin(standing, standing.c.credit_id == Credit.id)
        .group_by(Credit.id, Credit.gateway, Credit.external_id)
        .having(open_rows + payments != 1)
    )
    for gateway, external_id, places in session.execute(statement):
        where = "twice: with a stall and on the work list" if places else "nowhere"
        report.find(f"credit {gateway}/{external_id} stands {where}")
