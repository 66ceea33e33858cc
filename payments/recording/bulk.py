"""Many rows in one statement, in portions that both databases take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

#: SQLite takes 32,766 values in a statement at the most, PostgreSQL 65,535.
KEYS_PER_STATEMENT = 10_000
Item = TypeVar("Item")


def portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items, as many at once as a statement takes."""
    ordered = list(items)
    for start in range(0, len(ordered), KEYS_PER_STATEMENT):
        yield ordered[start : start + KEYS_PER_STATEMENT]
