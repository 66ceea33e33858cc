"""Stall numbers: what is painted on a stall, one to eight letters and digits, kept in capitals."""

from __future__ import annotations

import re

MAX_LENGTH = 8

#: What is taken, for descriptions of forms and of the API.
PATTERN = rf"^ *[A-Za-z0-9]{{1,{MAX_LENGTH}}} *$"

_NUMBER = re.compile(rf"[A-Z0-9]{{1,{MAX_LENGTH}}}")


def compact(typed: str) -> str:
    """In capitals, without the spaces around it.

    >>> compact(" a012 ")
    'A012'
    """
    return typed.strip().upper()


def validate(typed: str) -> str:
    """The number in its compact form. Raises `ValueError` when it is none.

    >>> validate("a012")
    'A012'
    >>> validate("A-12")
    Traceback (most recent call last):
    ...
    ValueError: A-12
    """
    number = compact(typed)
    if _NUMBER.fullmatch(number) is None:
        raise ValueError(number)
    return number


def is_valid(typed: str) -> bool:
    """Whether this may be painted on a stall.

    >>> is_valid("a012"), is_valid("A0123456789"), is_valid("Ắ1")
    (True, False, False)
    """
    return _NUMBER.fullmatch(compact(typed)) is not None
