"""Reads a table from a file, whichever kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.tables.cells import Row
from core.tables.delimited import read_delimited
from core.tables.spreadsheets import SIGNATURES, read_spreadsheet


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, and the rows beneath that are not blank, as they are read."""

    header: Row
    rows: Iterator[Row]


def open_table(stream: BinaryIO) -> Table:
    """The table in a file: XLSX, XLS, ODS, or text parted by commas, semicolons or tabs.

    The file itself tells which it is, not its name. `stream` can be wound back. Raises `UnreadableTable`, and so does
    taking the rows; then nothing that was given before holds.
    """
    stream.seek(0)
    start = stream.read(max(map(len, SIGNATURES)))
    stream.seek(0)
    rows = read_spreadsheet(stream) if start.startswith(SIGNATURES) else read_delimited(stream)
    return Table(next(rows), rows)
