"""Tables of money. Everything here is only ever added to, the running totals aside."""

from __future__ import annotations

from core.money import AMOUNT_MAX_VND

AMOUNT_IN_RANGE = f"amount_vnd BETWEEN 1 AND {AMOUNT_MAX_VND}"
