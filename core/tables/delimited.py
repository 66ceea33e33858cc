"""Tables as text: CSV and its kin, in UTF-8 with or without a byte order mark.

The separator is the one that parts the names of the first line: comma, semicolon or tab.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

from flask_babel import lazy_gettext as _

from core.errors import Words
from core.tables.cells import Row
from core.tables.errors import UnreadableTable
from core.tables.limits import LINE_MAX_LENGTH, TEXT_FILE_MAX_BYTES

SEPARATORS: Final = ",;\t"


def read_delimited(stream: BinaryIO) -> Iterator[Row]:
    """The first line, whatever is in it, then every row that is not blank, as they come. Raises `UnreadableTable`."""
    lines = _Lines(stream)
    first = next(iter(lines), "")
    separator = max(SEPARATORS, key=first.count)
    yield Row(1, [*next(_parsed(iter([first]), separator, lines), [])])
    rows = _parsed(iter(lines), separator, lines)
    while True:
        number = lines.number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        if any(cell.strip() for cell in cells):
            yield Row(number, [*cells])


def _parsed(texts: Iterator[str], separator: str, lines: _Lines) -> Iterator[list[str]]:
    try:
        yield from csv.reader(texts, delimiter=separator, strict=True)
    except csv.Error as error:
        raise UnreadableTable(_("The quotation marks of this row do not close."), lines.number) from error


class _Lines:
    """The lines of a file, each with its ending; `number` is that of the line last read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._texts = self._read(stream)
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self._texts

    def _read(self, stream: BinaryIO) -> Iterator[str]:
        total = 0
        while raw := stream.readline(LINE_MAX_LENGTH * 4 + 1):
            total += len(raw)
            if self.number == 0:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            self.number += 1
            yield self._text(raw, total)

    def _text(self, raw: bytes, total: int) -> str:
        if total > TEXT_FILE_MAX_BYTES:
            raise self._unreadable(_("The file is larger than %(count)s bytes.", count=TEXT_FILE_MAX_BYTES))
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise self._unreadable(_("This is not UTF-8. Save the table as “CSV UTF-8”.")) from error
        if len(text) > LINE_MAX_LENGTH:
            raise self._unreadable(_("A line is longer than %(count)s characters.", count=LINE_MAX_LENGTH))
        if not text.endswith("\n"):
            # Half an amount reads like a whole one.
            raise self._unreadable(_("The last line does not end: the file may be cut off."))
        return text

    def _unreadable(self, words: Words) -> UnreadableTable:
        return UnreadableTable(words, self.number)
