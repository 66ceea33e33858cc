"""Numbers of bank accounts: 4 to 19 letters and digits, kept without what people put between them.

A number keeps its zeros in front and its small letters: banks issue both, and to some they mean another account.
"""

from __future__ import annotations

import re

MIN_LENGTH = 4
MAX_LENGTH = 19

#: What is taken, for descriptions of forms and of the API.
PATTERN = rf"^[ .()-]*(?:[A-Za-z0-9][ .()-]*){{{MIN_LENGTH},{MAX_LENGTH}}}$"

_NUMBER = re.compile(rf"[A-Za-z0-9]{{{MIN_LENGTH},{MAX_LENGTH}}}")
_BETWEEN = re.compile(r"[\s.\-()]")


def compact(typed: str) -> str:
    """Without spaces, dots, dashes and brackets.

    >>> compact("0071 0009 8765")
    '007100098765'
    """
    return _BETWEEN.sub("", typed)


def validate(typed: str) -> str:
    """The number in its compact form. Raises `ValueError` when it is none.

    >>> validate("0071 0009 8765")
    '007100098765'
    >>> validate("123")
    Traceback (most recent call last):
    ...
    ValueError: 123
    """
    number = compact(typed)
    if _NUMBER.fullmatch(number) is None:
        raise ValueError(number)
    return number


def is_valid(typed: str) -> bool:
    """Whether a bank may have an account of this number.

    >>> is_valid("0071 0009 8765"), is_valid("0071/0009")
    (True, False)
    """
    return _NUMBER.fullmatch(compact(typed)) is not None
