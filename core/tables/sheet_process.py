"""Reads a spreadsheet in a process of its own: `python -m core.tables.sheet_process < FILE`.

A file from outside decides how much memory calamine takes, and an allocation that fails ends the process. So it is read
here, under limits that the operating system holds, and not in the server.

Writes a JSON array a line: the number of a row and its cells. The exit code is an `End`; nothing that was written holds
unless it is 0. Imports little, for it is started anew for every file.
"""

from __future__ import annotations

import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Any, BinaryIO

import orjson
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.tables.archives import SIGNATURE, unpacks_within_limits
from core.tables.limits import (
    CELLS_MAX,
    CPU_MAX_S,
    MEMORY_MAX_BYTES,
    OUTPUT_MAX_BYTES,
    ROWS_MAX,
    SHEETS_MAX,
    WHOLE_MAX_DIGITS,
)

#: What an XLSX that is locked with a password has inside. calamine raises `PasswordError` for an XLS only.
LOCKED = "EncryptedPackage".encode("utf-16-le")
#: A row with fewer filled cells is a title above a table, not the names of its columns.
HEADER_MIN_CELLS = 2


class End(IntEnum):
    """How reading ended, as exit code. Python ends with 1 for an error of ours, with 2 when it is called wrongly."""

    WHOLE = 0
    UNREADABLE = 3
    PASSWORD = 4
    NO_TABLE = 5
    TOO_LARGE = 6


class _Stopped(Exception):
    def __init__(self, end: End) -> None:
        super().__init__(end)
        self.end = end


def main() -> End:
    """Read standard input, write standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_MAX_BYTES, OUTPUT_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for number, cells in table_of(sys.stdin.buffer):
            sys.stdout.buffer.write(orjson.dumps([number, [_encode(cell) for cell in cells]]) + b"\n")
        sys.stdout.buffer.flush()
    except _Stopped as stopped:
        return stopped.end
    except PasswordError:
        return End.PASSWORD
    except (CalamineError, zipfile.BadZipFile):
        sys.stdin.buffer.seek(0)
        return End.PASSWORD if LOCKED in sys.stdin.buffer.read() else End.UNREADABLE
    except (MemoryError, OSError):
        return End.TOO_LARGE
    return End.WHOLE


def table_of(stream: BinaryIO) -> Iterator[tuple[int, list[Any]]]:
    """The rows of the first visible sheet that has a table, the names of its columns first, blank rows left out.

    What stands left or right of the named columns comes behind the cells of its row, so that nothing is passed over.
    """
    if stream.read(len(SIGNATURE)) == SIGNATURE and not unpacks_within_limits(stream):
        raise _Stopped(End.TOO_LARGE)
    stream.seek(0)
    with CalamineWorkbook.from_filelike(stream) as book:
        if len(book.sheet_names) > SHEETS_MAX:
            raise _Stopped(End.TOO_LARGE)
        for sheet in _visible(book):
            rows = _filled_rows(sheet)
            header = next((row for row in rows if _count(row[1]) >= HEADER_MIN_CELLS), None)
            if header is not None:
                yield from _framed(header, rows)
                return
    raise _Stopped(End.NO_TABLE)


def _visible(book: CalamineWorkbook) -> Iterator[CalamineSheet]:
    for facts in book.sheets_metadata:
        if facts.visible == SheetVisibleEnum.Visible and facts.typ == SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(facts.name)
            if sheet.end is None:
                continue  # nothing is in it
            # From the sheet's first row, as `iter_rows` counts; `total_height` is one less.
            height = sheet.end[0] + 1
            if height > ROWS_MAX or height * sheet.width > CELLS_MAX:
                raise _Stopped(End.TOO_LARGE)
            yield sheet


def _filled_rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """Rows with their numbers: `iter_rows` gives the empty ones above the table as well."""
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if _count(cells):
            yield number, cells


def _framed(header: tuple[int, list[Any]], rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
    filled = [place for place, cell in enumerate(header[1]) if _is_filled(cell)]
    first, last = filled[0], filled[-1] + 1
    yield header[0], header[1][first:last]
    for number, cells in rows:
        outside = [cell for cell in (*cells[:first], *cells[last:]) if _is_filled(cell)]
        yield number, cells[first:last] + outside


def _count(cells: list[Any]) -> int:
    return sum(_is_filled(cell) for cell in cells)


def _is_filled(cell: object) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _encode(cell: object) -> object:
    """A cell as JSON has it; calamine gives every number as a float."""
    match cell:
        case bool() | str():
            return cell
        case int() | float():
            return _number(float(cell))
        case timedelta():
            return {"seconds": cell.total_seconds()}
        case datetime() | date() | time():
            return {type(cell).__name__: cell.isoformat()}
        case _:
            raise AssertionError("calamine gives no other kind")


def _number(number: float) -> object:
    whole = number.is_integer() and abs(number) < 10**WHOLE_MAX_DIGITS
    # JSON knows no infinity, and a float in it may look like a whole number.
    return int(number) if whole else {"number": repr(number)}


if __name__ == "__main__":
    os._exit(main())  # what is in the buffer is written already, or must not be
