"""Phone numbers of Vietnam, kept as figures that start with 0.

Ten figures, or the eleven of a landline: 02, the rest of its area code, and the subscriber's number. People put spaces,
dots, dashes and brackets between them, and may write the country's number (+84, 0084, or 84 alone) instead of the 0 or
before it.

Source: Bộ Thông tin và Truyền thông, Quy hoạch kho số viễn thông (Thông tư 22/2014/TT-BTTTT).
"""

from __future__ import annotations

import re

_BETWEEN = r"[ .()-]*"
_NATIONAL = re.compile(r"0(?:[1-9][0-9]{8}|2[0-9]{9})")
#: Only at the beginning, and only before what is a number without it: 0912 008 456 has 0084 in its middle.
_COUNTRY = re.compile(r"(?:\+|00)?840?(?=(?:[1-9][0-9]{8}|2[0-9]{9})\Z)")

#: What is taken, for descriptions of forms and of the API.
PATTERN = (
    rf"^{_BETWEEN}(?:0{_BETWEEN}|(?:\+|0{_BETWEEN}0)?{_BETWEEN}8{_BETWEEN}4{_BETWEEN}(?:0{_BETWEEN})?)"
    rf"(?:[1-9](?:{_BETWEEN}[0-9]){{8}}|2(?:{_BETWEEN}[0-9]){{9}}){_BETWEEN}$"
)


def compact(typed: str) -> str:
    """The figures alone, with 0 instead of the country's number; what is no phone number stays without its spaces.

    >>> compact("+84 903.123.456"), compact("84903123456"), compact("0084 (0)271 3812345"), compact("0912 008 456")
    ('0903123456', '0903123456', '02713812345', '0912008456')
    """
    return _COUNTRY.sub("0", re.sub(r"[\s.()-]", "", typed))


def validate(typed: str) -> str:
    """The number in its compact form. Raises `ValueError` when it is none.

    >>> validate("0271 3 812 345")
    '02713812345'
    >>> validate("12345")
    Traceback (most recent call last):
    ...
    ValueError: 12345
    """
    number = compact(typed)
    if _NATIONAL.fullmatch(number) is None:
        raise ValueError(number)
    return number


def is_valid(typed: str) -> bool:
    """Whether this is a phone number, however it is written.

    >>> is_valid("+84 903 123 456"), is_valid("0003 123 456"), is_valid("lan.registrar")
    (True, False, False)
    """
    return _NATIONAL.fullmatch(compact(typed)) is not None
