"""A statement between being read and being written: in a temporary file, so that its size costs no memory.

Reading takes its time; the transaction that stages a statement is short, because everything has been read before it
begins.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

import orjson

from payments.statement_lines import Direction, Line
from payments.statements.items import HARMLESS, AccountPeriod, Finding, Item

IN_MEMORY_BYTES = 4 * 1024 * 1024
PORTION_BYTES = 256 * 1024


@dataclass(slots=True)
class Totals:
    """How many there are and what they add up to."""

    count: int = 0
    total_vnd: int = 0

    def add(self, amount_vnd: int) -> None:
        """One more."""
        self.count += 1
        self.total_vnd += amount_vnd


@dataclass(slots=True)
class Spool:
    """A statement that was read to its end."""

    _file: Any
    credits: Totals = field(default_factory=Totals)
    debits: Totals = field(default_factory=Totals)
    first: datetime | None = None
    last: datetime | None = None
    passed_over: int = 0
    findings: list[Finding] = field(default_factory=list)
    periods: list[AccountPeriod] = field(default_factory=list)

    def take(self, item: Item) -> bytes:
        """One thing that the statement says; gives a line as it was written down, else nothing."""
        if isinstance(item, Line):
            return self._write(item)
        if isinstance(item, AccountPeriod):
            self.periods.append(item)
        elif item.kind in HARMLESS:
            self.passed_over += 1
        else:
            self.findings.append(item)
        return b""

    def _write(self, line: Line) -> bytes:
        (self.credits if line.direction is Direction.CREDIT else self.debits).add(line.amount_vnd)
        self.first = min(self.first or line.booked_at, line.booked_at)
        self.last = max(self.last or line.booked_at, line.booked_at)
        written = orjson.dumps(line) + b"\n"
        self._file.write(written)
        return written

    def lines(self) -> Iterator[Line]:
        """The lines anew, in their order."""
        self._file.seek(0)
        for written in self._file:
            facts: dict[str, Any] = orjson.loads(written)
            facts["direction"] = Direction(facts["direction"])
            facts["booked_at"] = datetime.fromisoformat(facts["booked_at"])
            facts["other_refs"] = tuple(facts["other_refs"])
            yield Line(**facts)


@contextmanager
def spooled(items: Iterable[Item], each: Callable[[bytes], None] = lambda _written: None) -> Iterator[Spool]:
    """Read a statement to its end; raises what reading it raises. `each` is called with every line as it is written."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
        spool = Spool(file)
        for item in items:
            each(spool.take(item))
        yield spool


def digest_of_file(stream: BinaryIO) -> bytes:
    """SHA-256 of a file from its beginning, to which it is then wound back: 32 bytes."""
    digest = hashlib.sha256()
    stream.seek(0)
    while portion := stream.read(PORTION_BYTES):
        digest.update(portion)
    stream.seek(0)
    return digest.digest()
