"""How a list of facts becomes one digest: once in Python, once in PostgreSQL's SQL.

Each fact is led by its length, `5:C4012`, so that no two lists look alike; a fact that is absent is a dash. The digest
is SHA-256 over all of them in UTF-8. A test holds the two forms to each other over random facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

#: The length of a digest in hexadecimal, and of a moment's text.
HEX_LENGTH: Final = 64
STAMP_LENGTH: Final = 32
#: A moment's text in PostgreSQL: ISO 8601 in UTC, to the microsecond.
STAMP_FORMAT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'


def digest(facts: Iterable[str | None]) -> bytes:
    """SHA-256 over framed facts: 32 bytes. An absent fact is not an empty one."""
    framed = "".join(["-" if fact is None else f"{len(fact)}:{fact}" for fact in facts])
    return hashlib.sha256(framed.encode()).digest()


def stamp(moment: datetime) -> str:
    """A moment as digests cover it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


# The same for PostgreSQL. Each `sql_` function takes expressions and gives one.


def sql_digest(framed: Iterable[str]) -> str:
    """SHA-256 over facts that the functions below framed: a bytea of 32 bytes."""
    return f"sha256(convert_to(concat({', '.join(framed)}), 'UTF8'))"


def sql_text(text: str, *, nullable: bool = False) -> str:
    """A text, framed."""
    return f"coalesce(length({text}) || ':' || {text}, '-')" if nullable else f"length({text}), ':', {text}"


def sql_number(number: str) -> str:
    """A whole number, framed in its decimal form."""
    return f"length({number}::text), ':', {number}"


def sql_moment(moment: str) -> str:
    """A timestamptz, framed as `stamp` writes it."""
    return sql_stamp(f"to_char({moment} AT TIME ZONE 'UTC', '{STAMP_FORMAT}')")


def sql_stamp(text: str) -> str:
    """What `stamp` has written, framed."""
    return f"'{STAMP_LENGTH}:', {text}"


def sql_hex(text: str) -> str:
    """A digest in hexadecimal, framed."""
    return f"'{HEX_LENGTH}:', {text}"
