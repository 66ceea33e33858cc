"""What a check found, and how it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from core.database import is_sqlite

#: Findings that are told one by one; the rest are counted.
FINDINGS_SHOWN = 50
ROWS_AT_ONCE = 5_000


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong. `findings` are sentences; `broken` counts all of them."""

    credits: int = 0
    payments: int = 0
    unmatched: int = 0
    corrections: int = 0
    messages: int = 0
    stalls: int = 0
    payments_vnd: int = 0
    broken: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken == 0

    def find(self, sentence: str) -> None:
        """Note something that is wrong."""
        self.broken += 1
        if len(self.findings) < FINDINGS_SHOWN:
            self.findings.append(sentence)

    def add(self, other: Report) -> None:
        """Take over what another check looked at and found."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.findings += other.findings[: FINDINGS_SHOWN - len(self.findings)]


COUNTED = tuple(one.name for one in fields(Report) if one.name != "findings")


def stream(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """The rows of a statement, some at a time, so that memory does not grow with their number."""
    return iter(session.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)))


def batches(session: Session, statement: Select[*tuple[Any, ...]], at_once: int) -> Iterator[Sequence[Any]]:
    """The rows of a statement without parameters, so many at a time, as plain tuples of what the database gave.

    For the many: PostgreSQL sends them in binary, and no row is dressed up on its way.
    """
    if is_sqlite(session):
        yield from session.execute(statement.execution_options(yield_per=at_once)).partitions()
        return
    written = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor(name="batches", binary=True) as cursor:
        cursor.execute(str(written))
        while rows := cursor.fetchmany(at_once):
            yield rows
