"""Processing a statement's lines: tying them to what is recorded, and recording what is not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.reconciliation import discrepancies
from payments.reconciliation.candidates import Known, find_known, find_unbooked
from payments.reconciliation.limits import PORTION_LINES
from payments.reconciliation.matching import Decision, decide, of_account
from payments.reconciliation.models import Statement, StatementLine
from payments.reconciliation.outcomes import Outcome, Reason
from payments.recording import ledger
from payments.recording.aliases import Origin
from payments.recording.ingest import Submission
from payments.recording.locks import exclusive_recording_lock
from payments.recording.models import Credit, Reversal
from payments.statement_lines import Direction


def process_portion(session: Session, statement: Statement) -> int:
    """Process the next lines of a statement; gives how many, 0 when none is left. The caller commits.

    Recorders of notifications wait meanwhile: what a line is tied to must not be written by them at the same time.
    """
    exclusive_recording_lock(session)
    lines = session.scalars(
        select(StatementLine)
        .where(StatementLine.statement_id == statement.id, StatementLine.outcome.is_(None))
        .order_by(StatementLine.position)
        .limit(PORTION_LINES)
    ).all()
    waiting: Sequence[StatementLine] = lines
    while waiting:
        known = find_known(session, statement, waiting)
        waiting = _process_some(session, statement, known, waiting)
        session.flush()
    discrepancies.close_what_was_missing(
        session,
        statement,
        [line.credit_id for line in lines if line.credit_id is not None and line.direction == Direction.CREDIT],
    )
    return len(lines)


def _process_some(
    session: Session, statement: Statement, known: Known, lines: Sequence[StatementLine]
) -> Sequence[StatementLine]:
    """Process lines up to the first that needs to know what another one of them records; gives the rest."""
    fresh: set[tuple[str, ...]] = set()
    decisions: dict[int, Decision] = {}
    rest: Sequence[StatementLine] = ()
    for place, line in enumerate(lines):
        if not fresh.isdisjoint(_names(line)):
            rest = lines[place:]
            break
        decision = decide(line, known)
        if decision.reason is Reason.UNBOOKED and fresh:
            # One of the lines before it may bring the credit that it waits for.
            rest = lines[place:]
            break
        if decision.new_credit is not None or decision.new_reversal is not None:
            fresh.update(_names(line))
            decisions[place] = decision
        else:
            _end(session, statement, line, decision, known)
    _record(session, statement, known, [(lines[place], decision) for place, decision in decisions.items()])
    return rest


def _names(line: StatementLine) -> list[tuple[str, ...]]:
    """What tells a booking from others, and which credit a debit is about."""
    is_credit = line.direction == Direction.CREDIT
    ids = [line.external_id] if is_credit else [line.external_id, *line.other_refs]
    names: list[tuple[str, ...]] = [("id", one) for one in ids if one]
    if line.bank_ref is not None:
        names.append(("ref", line.direction, line.bank_ref))
    return names


def _record(
    session: Session, statement: Statement, known: Known, pairs: Sequence[tuple[StatementLine, Decision]]
) -> None:
    credits_ = [(line, decision.new_credit) for line, decision in pairs if decision.new_credit is not None]
    placed = ledger.place(session, statement.gateway, [credit for _line, credit in credits_]) if credits_ else []
    rows = {
        credit.id: credit
        for credit in session.scalars(select(Credit).where(Credit.id.in_({one.credit_id for one in placed})))
    }
    for (line, _credit), one in zip(credits_, placed, strict=True):
        credit = rows[one.credit_id]
        if one.fresh:
            decision = Decision(Outcome.RECORDED, credit=credit)
        elif one.amount_vnd != line.amount_vnd:
            decision = Decision(Outcome.DIFFERENT, Reason.AMOUNT, credit=credit)
        elif not of_account(line, credit):
            decision = Decision(Outcome.DIFFERENT, Reason.ACCOUNT, credit=credit)
        else:
            claimed = ("credit", credit.id) in known.claimed
            decision = Decision(Outcome.DUPLICATE if claimed else Outcome.MATCHED, credit=credit)
        _end(session, statement, line, decision, known)
    reversals = [(line, decision) for line, decision in pairs if decision.new_reversal is not None]
    if reversals:
        _record_reversals(session, statement, known, reversals)


def _record_reversals(
    session: Session, statement: Statement, known: Known, pairs: Sequence[tuple[StatementLine, Decision]]
) -> None:
    reported = tuple(decision.new_reversal for _line, decision in pairs if decision.new_reversal is not None)
    ledger.record(session, [Submission(statement.gateway, (), reversals=reported, origin=Origin.STATEMENT)])
    found = session.scalars(
        select(Reversal).where(
            Reversal.gateway == statement.gateway, Reversal.external_id.in_([one.external_id for one in reported])
        )
    )
    rows = {reversal.external_id: reversal for reversal in found}
    unbooked = find_unbooked(session, rows.values())
    for (line, decision), one in zip(pairs, reported, strict=True):
        row = rows[one.external_id]
        ended = Decision(Outcome.RECORDED, credit=decision.credit, reversal=row)
        if row.id in unbooked:
            ended = Decision(Outcome.DIFFERENT, Reason.UNBOOKED, credit=decision.credit, reversal=row)
        _end(session, statement, line, ended, known)


def _end(session: Session, statement: Statement, line: StatementLine, decision: Decision, known: Known) -> None:
    """Write down how a line ends, and what a person must look at."""
    line.outcome = decision.outcome
    line.reason = decision.reason
    for what in ("credit", "refund", "reversal"):
        ours = getattr(decision, what)
        if ours is not None:
            setattr(line, f"{what}_id", ours.id)
            if decision.outcome in {Outcome.MATCHED, Outcome.RECORDED} and not (
                what == "credit" and decision.reversal is not None
            ):
                known.claimed.add((what, ours.id))
    if discrepancies.needs_person(decision.outcome, decision.reason):
        discrepancies.open_of_line(session, statement, line, decision)
