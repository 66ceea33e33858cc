"""What holds in several of these tables."""

from __future__ import annotations

from core.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND

AMOUNT_IN_RANGE = f"amount_vnd BETWEEN {AMOUNT_MIN_VND} AND {AMOUNT_MAX_VND}"
