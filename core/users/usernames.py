"""What users type to sign in: a phone number, written in whatever way, or a user name."""

from __future__ import annotations

import re

from core import phone_number
from core.text import tidy

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


def compact(typed: str) -> str:
    """The one form in which a name is kept: lower case; a phone number as its figures, starting with 0.

    >>> compact(" 0900 000 001 "), compact("+84 900.000.001"), compact("Lan.Registrar")
    ('0900000001', '0900000001', 'lan.registrar')
    """
    return phone_number.compact(typed) if phone_number.is_valid(typed) else tidy(typed).lower()


def is_valid(name: str) -> bool:
    """Whether a compact name may be signed in with.

    >>> is_valid("lan.registrar"), is_valid("lê"), is_valid("a b c")
    (True, False, False)
    """
    return USERNAME.fullmatch(name) is not None
