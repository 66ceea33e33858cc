"""Writes a table as a spreadsheet (XLSX)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Final, TypeAlias

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core import clock
from core.tables.errors import CannotBeWritten
from core.tables.limits import WHOLE_MAX_DIGITS

#: A `datetime` with a time zone is written in Vietnam's time, one without it as it stands.
Written: TypeAlias = str | int | float | bool | date | datetime | None

#: Nothing becomes a formula or a link because of what its text looks like; large files wait on disk.
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, and its width in characters."""

    name: str
    width: int = 16


def write_table(
    stream: BinaryIO, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Written]], *, made_at: datetime
) -> None:
    """Write one sheet called `title`: a header that stays in sight, then the rows, each cell as what it is.

    Texts stay texts whatever they begin with. The same rows and `made_at` give the same bytes. Raises `CannotBeWritten`
    for a cell that would not come back: a text longer than 32,767 characters, a number of more than 15 digits, more
    rows than a sheet has.
    """
    with Workbook(stream, _OPTIONS) as book:
        book.set_properties({"created": made_at.astimezone(clock.ZONE).replace(tzinfo=None)})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        writer = _Writer(book, sheet)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            writer.text(0, place, column.name, writer.bold)
        for number, row in enumerate(rows, start=1):
            if len(row) != len(columns):
                raise CannotBeWritten(f"row {number} has {len(row)} cells, not {len(columns)}")
            for place, cell in enumerate(row):
                writer.cell(number, place, cell)


class _Writer:
    """Writes cells of one sheet."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self._sheet = sheet
        self.bold = book.add_format({"bold": True})
        self._whole = book.add_format({"num_format": "0"})
        self._day = book.add_format({"num_format": "dd/mm/yyyy"})
        self._moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})

    def cell(self, row: int, column: int, cell: Written) -> None:
        match cell:
            case None:
                return
            case str():
                self.text(row, column, cell)
            case bool():
                _took(self._sheet.write_boolean(row, column, cell))
            case int() | float():
                self._number(row, column, cell)
            case datetime():
                local = cell if cell.tzinfo is None else cell.astimezone(clock.ZONE).replace(tzinfo=None)
                _took(self._sheet.write_datetime(row, column, local, self._moment))
            case date():
                _took(self._sheet.write_datetime(row, column, cell, self._day))

    def text(self, row: int, column: int, text: str, style: Format | None = None) -> None:
        _took(self._sheet.write_string(row, column, text, style))

    def _number(self, row: int, column: int, number: float) -> None:
        if not math.isfinite(number) or (isinstance(number, int) and abs(number) >= 10**WHOLE_MAX_DIGITS):
            raise CannotBeWritten(f"{number} would lose digits: write it as text")
        _took(self._sheet.write_number(row, column, number, self._whole if isinstance(number, int) else None))


def _took(answer: int) -> None:
    """XlsxWriter leaves out what does not fit, and says so by a number."""
    if answer:
        raise CannotBeWritten("a text is too long, or there are more rows or columns than a sheet has")
