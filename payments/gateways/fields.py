"""Reading the fields of a bank's message, with the reason when one is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from market.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from payments.gateways.errors import Malformed

EXTERNAL_ID_MAX_LENGTH = 64
BANK_REF_MAX_LENGTH = 64
ACCOUNT_MAX_LENGTH = 32
CONTENT_MAX_LENGTH = 1_000
NAME_MAX_LENGTH = 200
BIN_LENGTH = 6
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


def amount_vnd(record: dict[str, Any], name: str = "amount_vnd") -> int:
    """Whole đồng within what one transfer can carry. 5.0 is whole; true and "5" are no numbers."""
    value = record.get(name)
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int) or isinstance(whole, bool) or not AMOUNT_MIN_VND <= whole <= AMOUNT_MAX_VND:
        raise Malformed(f"{name} must be a whole number from {AMOUNT_MIN_VND} to {AMOUNT_MAX_VND}")
    return whole


def moment(record: dict[str, Any], name: str) -> datetime:
    """ISO 8601 with its offset."""
    value = record.get(name)
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None or parsed.year not in YEARS:
        raise Malformed(f"{name} must be an ISO 8601 moment with its offset")
    return parsed
