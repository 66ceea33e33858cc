"""Data objects: two digits of ID, two of length, then so many characters of value.

A payload is a row of objects, and the value of some objects is such a row
again.  Lengths run from 01 to 99 and count characters, not bytes.  An ID stands
once in a row.

Source: NAPAS, VietQR format v1.0 (09/2021); EMVCo Merchant-Presented Mode.
"""

import re
from dataclasses import dataclass

from vietqr.errors import DuplicateObject, MalformedObject, ValueTooLong, shown

HEADER_LENGTH = 4
MAX_VALUE_LENGTH = 99
# Not str.isdigit: that takes digits of every script.
_TWO_DIGITS = re.compile("[0-9]{2}")


@dataclass(frozen=True, slots=True)
class DataObject:
    """One object, as it was found.

    Attributes:
        path: IDs from the outside in, joined by dots: ``"62.08"``.
        value: its characters, as they are.
        position: where its ID stands in the payload, from 0.

    """

    path: str
    value: str
    position: int

    @property
    def id(self) -> str:
        """Its own two digits, without those of the objects around it."""
        return self.path[-2:]


def parse(text: str, parent: DataObject | None = None) -> tuple[DataObject, ...]:
    """Split a row of objects; of a nested row, ``text`` is the parent's value.

    Raises:
        MalformedObject: at the first character that cannot be read on.
        DuplicateObject: when an ID returns.

    >>> [(found.path, found.value) for found in parse("000201010211")]
    [('00', '01'), ('01', '11')]
    >>> parse("000201010")
    Traceback (most recent call last):
    ...
    vietqr.errors.MalformedObject: 3 characters are left over at the end
    >>> parse("000201000211")
    Traceback (most recent call last):
    ...
    vietqr.errors.DuplicateObject: 00 stands twice on its level

    """
    prefix = f"{parent.path}." if parent else ""
    start = parent.position + HEADER_LENGTH if parent else 0
    found: dict[str, DataObject] = {}
    at = 0
    while at < len(text):
        path, length = _header(text[at:], prefix, start + at)
        if path in found:
            message = f"{path} stands twice on its level"
            raise DuplicateObject(message, path=path, position=start + at)
        value_at = at + HEADER_LENGTH
        found[path] = DataObject(path, text[value_at : value_at + length], start + at)
        at = value_at + length
    return tuple(found.values())


def _header(rest: str, prefix: str, position: int) -> tuple[str, int]:
    """Read the ID and length that ``rest`` begins with; return the path and length."""
    parent = prefix.rstrip(".") or None
    within = f"{parent}: " if parent else ""
    if len(rest) < HEADER_LENGTH:
        message = f"{within}{len(rest)} characters are left over at the end"
        raise MalformedObject(message, path=parent, position=position)
    own_id, digits = rest[:2], rest[2:HEADER_LENGTH]
    if not _TWO_DIGITS.fullmatch(own_id):
        message = f"{within}{shown(own_id)} at {position} is not an object ID"
        raise MalformedObject(message, path=parent, position=position)
    path = prefix + own_id
    if not _TWO_DIGITS.fullmatch(digits) or digits == "00":
        message = f"{path}: {shown(digits)} is not a length from 01 to 99"
        raise MalformedObject(message, path=path, position=position)
    length, left = int(digits), len(rest) - HEADER_LENGTH
    if length > left:
        message = f"{path}: {length} characters are announced, {left} are left"
        raise MalformedObject(message, path=path, position=position)
    return path, length


def write(path: str, value: str) -> str:
    """Return the object with its ID (the last of ``path``) and length before it.

    Raises:
        MalformedObject: when there is nothing to hold.
        ValueTooLong: when two digits cannot count it.

    >>> write("62.08", "RAU MUONG")
    '0809RAU MUONG'
    >>> write("62.08", "")
    Traceback (most recent call last):
    ...
    vietqr.errors.MalformedObject: 62.08: an object cannot be empty
    >>> write("62", "A" * 100)
    Traceback (most recent call last):
    ...
    vietqr.errors.ValueTooLong: 62: 100 characters, at most 99 fit

    """
    if not value:
        message = f"{path}: an object cannot be empty"
        raise MalformedObject(message, path=path)
    if len(value) > MAX_VALUE_LENGTH:
        message = f"{path}: {len(value)} characters, at most {MAX_VALUE_LENGTH} fit"
        raise ValueTooLong(message, path=path)
    return f"{path[-2:]}{len(value):02d}{value}"
