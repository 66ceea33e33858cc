"""What stands in a cell.

In a table of text every cell is text. A spreadsheet also has numbers and times, and they are not what was typed: a
number has lost its leading zeros, and the digits after the fifteenth. So a number never poses as text here; who needs a
text asks `isinstance(cell, str)`, and says what to do about anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

#: A whole number of up to 15 digits is an `int`, any other number a `float`. A `datetime` has no time zone. A moment at
#: midnight comes as a `date`: calamine does not tell them apart.
Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file, or the row of the sheet, at which it begins, from 1; and its cells."""

    number: int
    cells: list[Cell]


def as_text(cell: Cell) -> str:
    """The cell as text without its outer spaces, for people to read; days and moments as ISO 8601 has them.

    >>> from datetime import date
    >>> as_text(" A012 "), as_text(50000), as_text(date(2026, 11, 23))
    ('A012', '50000', '2026-11-23')
    """
    match cell:
        case str():
            return cell.strip()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
