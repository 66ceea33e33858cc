"""Codes of markets: two letters and two digits, like DX01, in capitals; the first part of every stall code."""

from __future__ import annotations

import re

#: What is taken, for descriptions of forms and of the API.
PATTERN = "^[A-Za-z]{2}[0-9]{2}$"

_CODE = re.compile(r"[A-Z]{2}[0-9]{2}")


def compact(typed: str) -> str:
    """In capitals, without the spaces around it.

    >>> compact(" dx01 ")
    'DX01'
    """
    return typed.strip().upper()


def validate(typed: str) -> str:
    """The code in its compact form. Raises `ValueError` when it is none.

    >>> validate("dx01")
    'DX01'
    >>> validate("DX1")
    Traceback (most recent call last):
    ...
    ValueError: DX1
    """
    code = compact(typed)
    if _CODE.fullmatch(code) is None:
        raise ValueError(code)
    return code


def is_valid(typed: str) -> bool:
    """Whether a market may have this code.

    >>> is_valid("dx01"), is_valid("Đx01")
    (True, False)
    """
    return _CODE.fullmatch(compact(typed)) is not None
