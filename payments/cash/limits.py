"""Limits on what a vendor notes by hand."""

from __future__ import annotations

from core.money import AMOUNT_MAX_VND

#: Nobody pays less in cash; less is "50" typed for fifty thousand.
CASH_MIN_VND = 500
CASH_MAX_VND = AMOUNT_MAX_VND
ENTRY_KEY_MAX_LENGTH = 64
