"""Money: whole đồng in plain integers, named `amount_vnd`."""

from __future__ import annotations

AMOUNT_MIN_VND = 1
#: A NAPAS 24/7 transfer stays under 500 million đồng.
AMOUNT_MAX_VND = 499_999_999
#: Of a booking on an account, however the money moved.
BOOKING_MAX_DIGITS = 15
BOOKING_MAX_VND = 10**BOOKING_MAX_DIGITS - 1

NO_BREAK_SPACE = "\u00a0"


def format_vnd(amount_vnd: int, *, sign: bool = True) -> str:
    r"""Dots between thousands, a no-break space, the sign after: as Vietnam writes it.

    >>> format_vnd(1234567)
    '1.234.567\xa0₫'
    >>> format_vnd(0, sign=False)
    '0'
    """
    figures = f"{amount_vnd:,}".replace(",", ".")
    return f"{figures}{NO_BREAK_SPACE}₫" if sign else figures
