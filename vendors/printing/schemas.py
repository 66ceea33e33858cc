"""Codes and cards as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields, validates_schema

from vendors.printing.facts import CardSize


class CardQuery(Schema):
    """Which paper."""

    size = fields.Enum(
        CardSize, by_value=True, load_default=CardSize.A6, metadata={"description": "the paper", "example": "a6"}
    )


class MarketCardsQuery(CardQuery):
    """Which paper, and how many cards on it."""

    sheet = fields.Boolean(
        load_default=False,
        metadata={"description": "four cards on each sheet of A4, with marks to cut along; for `size` `a6` alone"},
    )

    @validates_schema
    def only_small_cards_share_a_sheet(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Four A5 cards fit on no sheet."""
        if data.get("sheet") and data.get("size") is not CardSize.A6:
            raise ValidationError(_("Only A6 cards go four to a sheet."), "sheet")
