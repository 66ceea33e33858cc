"""Tables in spreadsheets: XLSX, XLS and ODS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Final

import orjson
import structlog
from flask_babel import lazy_gettext as _

from core.errors import Words
from core.tables import archives
from core.tables.cells import Cell, Row
from core.tables.errors import UnreadableTable
from core.tables.limits import SHEET_FILE_MAX_BYTES, WAIT_MAX_S
from core.tables.sheet_process import End

#: How XLSX and ODS begin, and XLS.
SIGNATURES: Final = (archives.SIGNATURE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

PROCESS: Final = "core.tables.sheet_process"
#: Where `core` can be imported from.
_ROOT: Final = Path(__file__).resolve().parents[2]

_WORDS: Final[dict[int, Words]] = {
    End.UNREADABLE: _("This spreadsheet cannot be read. It may be damaged."),
    End.PASSWORD: _("This spreadsheet is locked with a password. Save it without one."),
    End.NO_TABLE: _("No sheet of this spreadsheet has a table."),
    End.TOO_LARGE: _("This spreadsheet is too large. Copy its table alone into a new file."),
}

_log = structlog.get_logger()


def read_spreadsheet(stream: BinaryIO) -> Iterator[Row]:
    """The table of the first visible sheet that has one: the names of its columns, then every row that is not blank.

    All of it has been read before the first row is given. Raises `UnreadableTable`.
    """
    with TemporaryFile() as file, TemporaryFile() as output:
        _copy(stream, file)
        end = _read(file, output)
        if end != End.WHOLE:
            raise UnreadableTable(_WORDS[end])
        output.seek(0)
        for line in output:
            number, cells = orjson.loads(line)
            yield Row(number, [_decode(cell) for cell in cells])


def _copy(stream: BinaryIO, file: IO[bytes]) -> None:
    """Have the file where another process can read it."""
    portion = stream.read(SHEET_FILE_MAX_BYTES + 1)
    if len(portion) > SHEET_FILE_MAX_BYTES:
        raise UnreadableTable(_("The file is larger than %(count)s bytes.", count=SHEET_FILE_MAX_BYTES))
    file.write(portion)
    file.seek(0)


def _read(file: IO[bytes], output: IO[bytes]) -> int:
    """Have the spreadsheet read under limits; unless this is `End.WHOLE`, the output does not hold."""
    try:
        code = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", PROCESS],
            stdin=file,
            stdout=output,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("CHO40_")},
            timeout=WAIT_MAX_S,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return End.TOO_LARGE
    if code < 0:
        # Ended by a signal: the memory or the processor time that it may take was not enough.
        return End.TOO_LARGE
    if code != End.WHOLE and code not in _WORDS:
        _log.error("spreadsheet_process_failed", code=code)
        return End.UNREADABLE
    return code


def _decode(encoded: Any) -> Cell:
    match encoded:
        case {"number": number}:
            return float(number)
        case {"datetime": moment}:
            return datetime.fromisoformat(moment)
        case {"date": day}:
            return date.fromisoformat(day)
        case {"time": of_day}:
            return time.fromisoformat(of_day)
        case {"seconds": seconds}:
            return timedelta(seconds=seconds)
        case str() | bool() | int():
            return encoded
        case _:
            raise AssertionError("no cell")
