"""Writing and looking up many rows in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from market.database import Base

#: SQLite takes 32,766 values in a statement at the most, PostgreSQL 65,535.
KEYS_PER_STATEMENT = 10_000
Item = TypeVar("Item")

#: Any number that nothing else on the server locks.
_TURNS_KEY = 40_0003


def is_sqlite(session: Session) -> bool:
    """Whether the session speaks to SQLite (else to PostgreSQL)."""
    return session.get_bind().dialect.name == "sqlite"


def upsert(session: Session, model: type[Base]) -> Any:
    """An INSERT of the session's own dialect, which has ON CONFLICT, into the model's plain table."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    return insert(model.__table__)  # type: ignore[arg-type]


def portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items, as many at once as a statement takes."""
    ordered = list(items)
    for start in range(0, len(ordered), KEYS_PER_STATEMENT):
        yield ordered[start : start + KEYS_PER_STATEMENT]


def take_turns(session: Session, *, alone: bool) -> None:
    """Wait for our turn, and keep it until the transaction ends: `alone`, or beside all others who need not be alone.

    Recorders of notifications work side by side, held apart by the rows they lock. Who ties a credit to something that
    another transaction may be about to write (a statement's line to its notification, a reversal to its credit, a
    person's stall to an unmatched credit) is alone, so that neither misses the other. SQLite has one writer anyway.
    """
    if not is_sqlite(session):
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        session.execute(text(f"SELECT {lock}({_TURNS_KEY})"))
