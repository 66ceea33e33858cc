"""Writing and looking up many rows in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.database import Base

#: SQLite takes 32,766 values in a statement at the most, PostgreSQL 65,535.
KEYS_PER_STATEMENT = 10_000
Item = TypeVar("Item")


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
