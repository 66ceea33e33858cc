"""A discrepancy on the work list says what it was opened for: a line of a statement, or a credit that is missing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from payments.reconciliation.discrepancies import KINDS, key_of_line, signed_vnd
from payments.reconciliation.models import Discrepancy, Statement, StatementLine
from payments.reconciliation.outcomes import DiscrepancyKind, Outcome, Reason
from payments.recording.models import Credit, Reversal
from payments.refunds.models import Refund
from payments.verification.report import Report, stream


def check(session: Session, report: Report) -> None:
    """Hold every discrepancy against the line, the credit or the statement that it is about.

    The same booking in another statement is the same discrepancy, so a line may have one that is about another line.
    """
    for row in stream(session, _with_what_they_are_about()):
        discrepancy, statement = row.Discrepancy, row.Statement
        if statement is None:
            # Told with the statement.
            continue
        if discrepancy.line_id is not None:
            said = _of_line(row) if row.StatementLine is not None else None
        elif discrepancy.credit_id is not None:
            said = _of_credit(row.Credit) if row.Credit is not None else None
        else:
            said = _of_statement(discrepancy, statement)
        if said is None:
            report.find(f"discrepancy {discrepancy.id}: what it is about was removed")
        elif any(getattr(discrepancy, name) != value for name, value in said.items()):
            report.find(f"discrepancy {discrepancy.id}: is not as it was opened")


def _with_what_they_are_about() -> Select[*tuple[Any, ...]]:
    return (
        select(Discrepancy, Statement, StatementLine, Credit, Refund, Reversal)
        .outerjoin(Statement, Statement.id == Discrepancy.statement_id)
        .outerjoin(StatementLine, StatementLine.id == Discrepancy.line_id)
        .outerjoin(Credit, Credit.id == Discrepancy.credit_id)
        .outerjoin(Refund, Refund.id == StatementLine.refund_id)
        .outerjoin(Reversal, Reversal.id == StatementLine.reversal_id)
    )


def _of_line(row: Any) -> dict[str, Any] | None:
    """As `payments.reconciliation.discrepancies.open_of_line` writes it; None for a line that needs nobody."""
    line: StatementLine = row.StatementLine
    kind = KINDS.get(Outcome(line.outcome)) if line.outcome is not None else None
    if kind is None:
        return None
    return {
        "key": key_of_line(row.Statement, line, kind),
        "gateway": row.Statement.gateway,
        "kind": kind,
        "reason": line.reason or kind,
        "statement_id": line.statement_id,
        "credit_id": line.credit_id,
        "account_number": line.account_number,
        "bank_vnd": signed_vnd(line),
        "our_vnd": _our_vnd(line.reason, row.Credit, row.Refund, row.Reversal),
        "line_number": line.line_number,
        "entry_ref": line.entry_ref,
        "happened_at": line.booked_at,
    }


def _our_vnd(reason: str | None, credit: Credit | None, refund: Refund | None, reversal: Reversal | None) -> int | None:
    if reason == Reason.UNBOOKED:
        return None
    went = refund or reversal
    if went is not None:
        return -went.amount_vnd
    return None if credit is None else credit.amount_vnd


def _of_credit(credit: Credit) -> dict[str, Any]:
    kind = DiscrepancyKind.MISSING_AT_BANK
    return {
        "key": f"{kind}/{credit.gateway}/{credit.id}",
        "gateway": credit.gateway,
        "kind": kind,
        "reason": kind,
        "account_number": credit.account_number,
        "bank_vnd": None,
        "our_vnd": credit.amount_vnd,
        "happened_at": credit.paid_at,
    }


def _of_statement(discrepancy: Discrepancy, statement: Statement) -> dict[str, Any]:
    """What a statement says of itself has no row of its own, but the key has its digest, its place and its reason."""
    kind = DiscrepancyKind.FINDING
    _kind, _slash, place_and_reason = discrepancy.key.partition(f"/{statement.digest.hex()}/")
    place = place_and_reason.partition("/")[0]
    return {
        "key": f"{kind}/{statement.digest.hex()}/{place}/{discrepancy.reason}",
        "gateway": statement.gateway,
        "kind": kind,
        "bank_vnd": None,
        "our_vnd": None,
        "happened_at": None,
    }
