"""Numbers as people write them, and as we keep them: stall numbers, phone numbers, account numbers.

Each function takes what was typed, gives the kept form, and raises `ValueError` when there is none.
"""

from __future__ import annotations

import re

STALL_NUMBER_MAX_LENGTH = 8
ACCOUNT_NUMBER_MIN_LENGTH = 4
ACCOUNT_NUMBER_MAX_LENGTH = 19

_STALL_NUMBER = re.compile(rf"[A-Z0-9]{{1,{STALL_NUMBER_MAX_LENGTH}}}")
_ACCOUNT_NUMBER = re.compile(rf"[A-Za-z0-9]{{{ACCOUNT_NUMBER_MIN_LENGTH},{ACCOUNT_NUMBER_MAX_LENGTH}}}")
#: Ten digits, or the eleven of a landline: 02, the rest of its area code, and the subscriber's number.
_PHONE = re.compile(r"0[1-9][0-9]{8}|02[0-9]{9}")
#: What people put between figures so that they can read them.
_BETWEEN = re.compile(r"[\s.\-()]")
_COUNTRY = re.compile(r"(?:\+|00)84(?:0(?=[1-9]))?")


def stall_number(typed: str) -> str:
    """What is painted on the stall: letters and digits, in capitals.

    >>> stall_number(" a012 ")
    'A012'
    >>> stall_number("A-12")
    Traceback (most recent call last):
    ...
    ValueError: A-12
    """
    return _matched(_STALL_NUMBER, typed.strip().upper())


def phone_number(typed: str) -> str:
    """A Vietnamese phone number: digits alone, starting with 0.

    >>> phone_number("+84 903.123.456"), phone_number("0271 3 812 345")
    ('0903123456', '02713812345')
    >>> phone_number("12345")
    Traceback (most recent call last):
    ...
    ValueError: 12345
    """
    return _matched(_PHONE, _COUNTRY.sub("0", _BETWEEN.sub("", typed), count=1))


def account_number(typed: str) -> str:
    """A bank account's number: letters and digits, without what was put between them.

    >>> account_number("0071 0009 8765")
    '007100098765'
    """
    return _matched(_ACCOUNT_NUMBER, _BETWEEN.sub("", typed))


def _matched(form: re.Pattern[str], text: str) -> str:
    if form.fullmatch(text) is None:
        raise ValueError(text)
    return text
