"""Putting discrepancies on the work list, each once, and taking those off that a later statement clears up."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, literal, select, true
from sqlalchemy.orm import Session

from core import clock
from core.database import upsert
from core.permissions.principal import SYSTEM
from payments.reconciliation.limits import ROWS_PER_INSERT
from payments.reconciliation.matching import Decision
from payments.reconciliation.models import (
    Discrepancy,
    DiscrepancyEntry,
    Statement,
    StatementAccount,
    StatementLine,
)
from payments.reconciliation.outcomes import DiscrepancyAction, DiscrepancyKind, Outcome, Reason
from payments.recording.bulk import portions
from payments.recording.models import Credit
from payments.statement_lines import Direction, Line
from payments.statements.items import Finding

LINE_FACTS = tuple(field.name for field in fields(Line))
#: How a line that ends like this is a discrepancy.
KINDS = {
    Outcome.DIFFERENT: DiscrepancyKind.DIFFERENT,
    Outcome.DUPLICATE: DiscrepancyKind.DUPLICATE,
    Outcome.UNKNOWN: DiscrepancyKind.UNKNOWN,
}


def open_of_line(session: Session, statement: Statement, line: StatementLine, decision: Decision) -> None:
    """A line that does not fit. The same booking in another statement is the same discrepancy."""
    kind = KINDS[decision.outcome]
    ours = decision.refund or decision.reversal or decision.credit
    amount_vnd = None if ours is None else ours.amount_vnd
    if decision.reason is Reason.UNBOOKED:
        amount_vnd = None
    elif decision.refund is not None or decision.reversal is not None:
        amount_vnd = -ours.amount_vnd if ours is not None else None
    _open(
        session,
        statement,
        {
            "key": key_of_line(statement, line, kind),
            "kind": kind,
            "reason": decision.reason or kind,
            "line_id": line.id,
            "credit_id": None if decision.credit is None else decision.credit.id,
            "account_number": line.account_number,
            "bank_vnd": signed_vnd(line),
            "our_vnd": amount_vnd,
            "line_number": line.line_number,
            "entry_ref": line.entry_ref,
            "happened_at": line.booked_at,
        },
    )


def key_of_line(statement: Statement, line: StatementLine, kind: DiscrepancyKind) -> str:
    """What makes a line that does not fit the same discrepancy in every statement that shows it."""
    return f"{kind}/{statement.gateway}/{_booking(statement, line)}"


def signed_vnd(line: StatementLine) -> int:
    """What a line moved: a debit is below nothing."""
    return line.amount_vnd if line.direction == Direction.CREDIT else -line.amount_vnd


def needs_person(outcome: Outcome, reason: Reason | None) -> bool:
    """Whether a line that ends like this is on the work list."""
    return outcome in KINDS and reason is not Reason.ORDINARY_DEBIT


def _booking(statement: Statement, line: StatementLine) -> str:
    """What is the same wherever a statement shows this booking; without a reference, nothing else is it."""
    if line.external_id is None and line.bank_ref is None:
        return f"{statement.digest.hex()}/{line.position}"
    facts = (
        *(line.account_number, line.direction, str(line.amount_vnd), line.external_id, line.bank_ref),
        str(line.is_reversal),
    )
    return hashlib.sha256("\n".join(fact or "-" for fact in facts).encode()).hexdigest()


def open_findings(session: Session, statement: Statement, findings: Sequence[Finding]) -> None:
    """What a statement says of itself that is no money or does not add up; `findings` are all of them, in its order."""
    for place, finding in enumerate(findings):
        kind = DiscrepancyKind.FINDING
        _open(
            session,
            statement,
            {
                "key": f"{kind}/{statement.digest.hex()}/{place}/{finding.kind}",
                "kind": kind,
                "reason": finding.kind,
                "account_number": finding.account_number,
                "line_number": finding.line_number,
                "entry_ref": finding.entry_ref,
                "expected": finding.expected,
                "found": finding.found,
            },
        )


def _open(session: Session, statement: Statement, row: dict[str, Any]) -> None:
    row = row | {"gateway": statement.gateway, "statement_id": statement.id, "opened_at": clock.now()}
    session.execute(upsert(session, Discrepancy).on_conflict_do_nothing(), row)


def open_missing(session: Session, statement: Statement) -> int:
    """Credits of ours that the bank does not show where its statement is entire; gives how many.

    What another statement has shown is there: banks book around midnight as they like. All accounts are looked at in
    one walk over the credits of the time, for a file may hold a whole market's.
    """
    kind = DiscrepancyKind.MISSING_AT_BANK
    found = 0
    for credit in _not_shown(session, statement):
        found += 1
        _open(
            session,
            statement,
            {
                "key": f"{kind}/{statement.gateway}/{credit.id}",
                "kind": kind,
                "reason": kind,
                "credit_id": credit.id,
                "account_number": credit.account_number,
                "bank_vnd": None,
                "our_vnd": credit.amount_vnd,
                "happened_at": credit.paid_at,
            },
        )
    return found


def _not_shown(session: Session, statement: Statement) -> list[Credit]:
    windows = _windows(session, statement)
    if not windows:
        return []
    shown = exists(literal(1)).where(
        StatementLine.credit_id == Credit.id, StatementLine.direction == Direction.CREDIT.value
    )
    of_the_time = select(Credit).where(
        Credit.gateway == statement.gateway,
        Credit.paid_at >= min(start for some in windows.values() for start, _end in some),
        Credit.paid_at < max(end for some in windows.values() for _start, end in some),
        ~shown,
    )
    return [
        credit
        for credit in session.scalars(of_the_time.order_by(Credit.id).execution_options(yield_per=ROWS_PER_INSERT))
        if any(
            start <= credit.paid_at < end
            for number in {None, credit.account_number, credit.virtual_account}
            for start, end in windows.get(number, ())
        )
    ]


def _windows(session: Session, statement: Statement) -> dict[str | None, list[tuple[datetime, datetime]]]:
    """The times that a statement speaks for, by account; under None for every account of the gateway."""
    windows: dict[str | None, list[tuple[datetime, datetime]]] = {}
    entire = select(StatementAccount).where(
        StatementAccount.statement_id == statement.id, StatementAccount.entire.is_(true())
    )
    for account in session.scalars(entire):
        assert account.since is not None
        assert account.until is not None
        windows.setdefault(account.account_number, []).append((account.since, account.until))
    return windows


def close_what_was_missing(session: Session, statement: Statement, credit_ids: Collection[int]) -> None:
    """A later statement shows what an earlier one did not: nothing is missing any more."""
    for some in portions(sorted(credit_ids)):
        found = select(Discrepancy).where(
            Discrepancy.credit_id.in_(some),
            Discrepancy.kind == DiscrepancyKind.MISSING_AT_BANK,
            Discrepancy.is_open.is_(true()),
        )
        for discrepancy in session.scalars(found):
            discrepancy.is_open = False
            session.add(
                DiscrepancyEntry(
                    discrepancy_id=discrepancy.id,
                    number=next_number(session, discrepancy.id),
                    action=DiscrepancyAction.CLOSE,
                    note="",
                    made_at=clock.now(),
                    made_by_name=SYSTEM.name,
                    statement_id=statement.id,
                )
            )


def next_number(session: Session, discrepancy_id: int) -> int:
    """The number of a discrepancy's next entry."""
    last = session.scalar(
        select(func.max(DiscrepancyEntry.number)).where(DiscrepancyEntry.discrepancy_id == discrepancy_id)
    )
    return (last or 0) + 1


def insert_lines(session: Session, statement_id: int, lines: Iterable[Line]) -> None:
    """Write a statement's lines, some at once."""
    some: list[dict[str, Any]] = []
    for position, line in enumerate(lines, start=1):
        facts = {name: getattr(line, name) for name in LINE_FACTS}
        some.append(facts | {"statement_id": statement_id, "position": position})
        if len(some) == ROWS_PER_INSERT:
            session.execute(upsert(session, StatementLine), some)
            some = []
    if some:
        session.execute(upsert(session, StatementLine), some)
