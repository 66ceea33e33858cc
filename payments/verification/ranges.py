"""Ranges of ids: the work of a check is divided into them, so that no piece of it grows with what is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_

ID_MIN, ID_MAX = -(2**63), 2**63 - 1


class Range(NamedTuple):
    """Ids above `after`, up to and with `last`."""

    after: int
    last: int

    def holds(self, column: Any) -> ColumnElement[bool]:
        """The condition that a column's id lies in it."""
        return and_(column > self.after, column <= self.last)


def by_weight(weights: Iterable[tuple[int, int]], most: int) -> Iterator[Range]:
    """All ids there can be, cut so that what lies between two cuts weighs `most` at the most, or is one id alone.

    `weights` are ids in their order, each with what it weighs.

    >>> [tuple(one) for one in by_weight([(3, 5), (4, 6), (9, 1)], 10)] == [(ID_MIN, 3), (3, ID_MAX)]
    True
    """
    after, before, weight = ID_MIN, ID_MIN, 0
    for one, weighs in weights:
        if weight and weight + weighs > most:
            yield Range(after, before)
            after, weight = before, 0
        before, weight = one, weight + weighs
    yield Range(after, ID_MAX)


def by_number(first: int, last: int, most: int) -> Iterator[Range]:
    """All ids there can be, cut after every `most` ids from `first` to `last`.

    >>> [tuple(one) for one in by_number(1, 25, 10)] == [(ID_MIN, 10), (10, 20), (20, ID_MAX)]
    True
    """
    cuts = [ID_MIN, *range(first + most - 1, last, most), ID_MAX]
    return (Range(after, until) for after, until in pairwise(cuts))
