"""Reading the fields of a bank's message, with the reason when one is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from core import clock
from core.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from payments.gateways.errors import Malformed
from vendors.codes.banks import find_bin

EXTERNAL_ID_MAX_LENGTH = 64
BANK_REF_MAX_LENGTH = 64
ACCOUNT_MAX_LENGTH = 32
CONTENT_MAX_LENGTH = 1_000
NAME_MAX_LENGTH = 200
BIN_LENGTH = 6
#: What 64 bits hold: providers number their records from 1.
PROVIDER_ID_MAX = 2**63 - 1
YEARS = range(2000, 2101)


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body holds."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("not JSON") from error
    if not isinstance(parsed, dict):
        raise Malformed("not a JSON object")
    return parsed


def required_text(record: dict[str, Any], name: str, max_length: int) -> str:
    """A text that must be there and not be empty."""
    text = optional_text(record, name, max_length)
    if text is None:
        raise Malformed(f"{name} is missing")
    return text


def optional_text(record: dict[str, Any], name: str, max_length: int) -> str | None:
    """A text; None when it is absent, null or empty. NUL, which PostgreSQL cannot keep, becomes U+FFFD."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > max_length:
        raise Malformed(f"{name} must be text of at most {max_length} characters")
    return value.replace("\0", "\ufffd")


def optional_bin(record: dict[str, Any], name: str) -> str | None:
    """A bank's BIN: six digits."""
    value = optional_text(record, name, BIN_LENGTH)
    if value is not None and not (len(value) == BIN_LENGTH and value.isascii() and value.isdecimal()):
        raise Malformed(f"{name} must be six digits")
    return value


def amount_vnd(record: dict[str, Any], name: str = "amount_vnd", most_vnd: int = AMOUNT_MAX_VND) -> int:
    """Whole đồng, by default within what one transfer can carry. 5.0 is whole; true and "5" are no numbers."""
    value = _whole(record.get(name))
    if value is None or not AMOUNT_MIN_VND <= value <= most_vnd:
        raise Malformed(f"{name} must be a whole number from {AMOUNT_MIN_VND} to {most_vnd}")
    return value


def moment(record: dict[str, Any], name: str) -> datetime:
    """ISO 8601 with its offset."""
    value = record.get(name)
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None or parsed.year not in YEARS:
        raise Malformed(f"{name} must be an ISO 8601 moment with its offset")
    return parsed.astimezone(UTC)


def local_moment(record: dict[str, Any], name: str) -> datetime:
    """ISO 8601, with a space for the T if need be; without an offset it is Vietnam's time."""
    value = record.get(name)
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or parsed.year not in YEARS:
        raise Malformed(f"{name} must be a moment like 2026-11-23 08:30:00")
    return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=clock.ZONE)).astimezone(UTC)


def whole(record: dict[str, Any], name: str) -> int:
    """A whole number of any size and sign. 5.0 is whole; true and "5" are no numbers."""
    value = _whole(record.get(name))
    if value is None:
        raise Malformed(f"{name} must be a whole number")
    return value


def provider_id(record: dict[str, Any], name: str) -> int:
    """A provider's own number of a record: whole, from 1."""
    value = whole(record, name)
    if not 1 <= value <= PROVIDER_ID_MAX:
        raise Malformed(f"{name} must be a whole number from 1")
    return value


def cut_text(record: dict[str, Any], name: str, max_length: int) -> str | None:
    """A text that only describes: too long it is cut, and what is no text counts as absent.

    Money is not refused for its description; the message is kept whole beside it.
    """
    value = record.get(name)
    return value[:max_length].replace("\0", "\ufffd") or None if isinstance(value, str) else None


def account_number(record: dict[str, Any], name: str) -> str | None:
    """An account number that helps to find a stall; None when it is absent or cannot be one. It is never cut."""
    value = record.get(name)
    usable = isinstance(value, str) and 0 < len(value) <= ACCOUNT_MAX_LENGTH and value.isascii() and value.isprintable()
    return value if usable else None


def bin_in_digits(record: dict[str, Any], name: str) -> str | None:
    """A bank's BIN where a provider may also write another number of the bank: six digits, else None."""
    value = record.get(name)
    usable = isinstance(value, str) and len(value) == BIN_LENGTH and value.isascii() and value.isdecimal()
    return value if usable else None


def bin_in_words(record: dict[str, Any], name: str) -> str | None:
    """The BIN of a bank that is named in words; None unless they mean one bank alone."""
    return find_bin(cut_text(record, name, NAME_MAX_LENGTH) or "")


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
