"""Reading statements, what became of their lines, and the work list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from payments.reconciliation.models import (
    Discrepancy,
    DiscrepancyEntry,
    Statement,
    StatementAccount,
    StatementLine,
)
from payments.reconciliation.outcomes import Outcome
from payments.statement_lines import Direction


@dataclass(frozen=True, slots=True)
class Sum:
    """How many lines ended in one way, and what they add up to by direction."""

    count: int
    credits_vnd: int
    debits_vnd: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A statement with what became of its lines; `outcomes` has every outcome, `unprocessed` lines have none."""

    statement: Statement
    outcomes: Mapping[Outcome, Sum]
    unprocessed: int
    open_discrepancies: int


@dataclass(frozen=True, slots=True)
class Work:
    """A discrepancy with the text of the line that it is about, where it is about one."""

    discrepancy: Discrepancy
    content: str | None


def list_statements(session: Session, before_id: int | None, limit: int) -> list[Summary]:
    """Statements, the newest first, from below an id on."""
    found = select(Statement).order_by(Statement.id.desc()).limit(limit)
    if before_id is not None:
        found = found.where(Statement.id < before_id)
    statements = session.scalars(found).all()
    return _summaries(session, statements)


def summary_of(session: Session, statement_id: int) -> Summary | None:
    """One statement."""
    statement = session.get(Statement, statement_id)
    return None if statement is None else _summaries(session, [statement])[0]


def _summaries(session: Session, statements: Collection[Statement]) -> list[Summary]:
    ids = [statement.id for statement in statements]
    is_credit = StatementLine.direction == Direction.CREDIT.value
    sums: dict[tuple[int, str | None], Sum] = {}
    for row in session.execute(
        select(
            StatementLine.statement_id,
            StatementLine.outcome,
            func.count(),
            func.coalesce(func.sum(StatementLine.amount_vnd).filter(is_credit), 0),
            func.coalesce(func.sum(StatementLine.amount_vnd).filter(~is_credit), 0),
        )
        .where(StatementLine.statement_id.in_(ids))
        .group_by(StatementLine.statement_id, StatementLine.outcome)
    ):
        sums[row[0], row[1]] = Sum(row[2], int(row[3]), int(row[4]))
    nothing = Sum(0, 0, 0)
    waiting = _open_by_statement(session, ids)
    return [
        Summary(
            statement,
            {outcome: sums.get((statement.id, outcome.value), nothing) for outcome in Outcome},
            sums.get((statement.id, None), nothing).count,
            waiting.get(statement.id, 0),
        )
        for statement in statements
    ]


def _open_by_statement(session: Session, ids: Collection[int]) -> dict[int, int]:
    found = (
        select(Discrepancy.statement_id, func.count())
        .where(Discrepancy.statement_id.in_(ids), Discrepancy.is_open.is_(true()))
        .group_by(Discrepancy.statement_id)
    )
    return {row[0]: row[1] for row in session.execute(found)}


def accounts_of(session: Session, statement_id: int) -> list[StatementAccount]:
    """What a statement says of each of its accounts."""
    found = select(StatementAccount).where(StatementAccount.statement_id == statement_id).order_by(StatementAccount.id)
    return list(session.scalars(found))


def lines_of(
    session: Session, statement_id: int, after: int, limit: int, outcome: str | None = None
) -> list[StatementLine]:
    """Lines of a statement in its order, with a position above `after`, of one outcome or of all."""
    found = (
        select(StatementLine)
        .where(StatementLine.statement_id == statement_id, StatementLine.position > after)
        .order_by(StatementLine.position)
        .limit(limit)
    )
    return list(session.scalars(found if outcome is None else found.where(StatementLine.outcome == outcome)))


def list_discrepancies(session: Session, after: int, limit: int, *, is_open: bool | None = True) -> list[Work]:
    """Discrepancies with an id above `after`, oldest first: the open ones, those that are closed, or all (None)."""
    found = _work().where(Discrepancy.id > after).order_by(Discrepancy.id).limit(limit)
    if is_open is not None:
        found = found.where(Discrepancy.is_open.is_(is_open))
    return [Work(row[0], row[1]) for row in session.execute(found)]


def find_discrepancy(session: Session, discrepancy_id: int) -> Work | None:
    """One discrepancy."""
    row = session.execute(_work().where(Discrepancy.id == discrepancy_id)).first()
    return None if row is None else Work(row[0], row[1])


def _work() -> Select[*tuple[Any, ...]]:
    return select(Discrepancy, StatementLine.content).outerjoin(StatementLine, StatementLine.id == Discrepancy.line_id)


def entries_of(session: Session, discrepancy_id: int) -> list[DiscrepancyEntry]:
    """What was done about a discrepancy, in its order."""
    found = select(DiscrepancyEntry).where(DiscrepancyEntry.discrepancy_id == discrepancy_id)
    return list(session.scalars(found.order_by(DiscrepancyEntry.number)))


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much work is open: how many discrepancies, what their amounts differ by in all, and since when."""

    count: int
    differs_vnd: int
    oldest: datetime | None


def backlog(session: Session) -> Backlog:
    """The open discrepancies. What one differs by is what the bank says less what we say, whatever its sign."""
    apart = func.abs(func.coalesce(Discrepancy.bank_vnd, 0) - func.coalesce(Discrepancy.our_vnd, 0))
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(apart), 0), func.min(Discrepancy.opened_at)).where(
            Discrepancy.is_open.is_(true())
        )
    ).one()
    return Backlog(row[0], int(row[1]), row[2])
