"""What a vendor types to note a cash sale."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields

from core.money import NO_BREAK_SPACE
from core.web.api import Text
from payments.cash.limits import CASH_MAX_VND, CASH_MIN_VND, ENTRY_KEY_MAX_LENGTH

#: 50000, 50.000, 50 000 ₫: figures, in groups of three or not, with or without the sign.
_AMOUNT = re.compile(r"(\d{1,12}|\d{1,3}(?:[., ]\d{3}){1,3}) ?[₫đ]?", re.ASCII)

_WORDS = {
    "invalid": _("Type the amount in figures, like 50.000."),
    "too_small": _("This is less than 500 đồng. For fifty thousand, type 50.000."),
    "too_large": _("This is more than 499.999.999 đồng. Check the zeros."),
}


class TypedAmount(fields.Field[int]):
    """An amount of đồng as a person writes it, from `least_vnd` to `most_vnd`: what one sale for cash can be."""

    def __init__(self, *, least_vnd: int = CASH_MIN_VND, most_vnd: int = CASH_MAX_VND, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least_vnd, self.most_vnd = least_vnd, most_vnd

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002
        """In words for who typed it; a missing amount is asked for like one that cannot be read."""
        return ValidationError(str(_WORDS.get(key, _WORDS["invalid"])))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002
        found = _AMOUNT.fullmatch(str(value).replace(NO_BREAK_SPACE, " ").strip())
        if found is None:
            raise self.make_error("invalid")
        amount_vnd = int(re.sub(r"\D", "", found[1]))
        if amount_vnd < self.least_vnd:
            raise self.make_error("too_small")
        if amount_vnd > self.most_vnd:
            raise self.make_error("too_large")
        return amount_vnd


class CashSaleSchema(Schema):
    """A cash sale to be noted. `entry_key` was made by the page, so that a double tap notes one sale."""

    amount_vnd = TypedAmount(required=True)
    entry_key = Text(required=True, max_length=ENTRY_KEY_MAX_LENGTH)
