"""Codes and cards as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.web.api import Text
from vendors.cards import CardSize
from vendors.codes.checking import Verdict

#: A VietQR payload has at most 512 characters; what is pasted around it is cut off before reading.
PAYLOAD_MAX_LENGTH = 1_024


class CardQuery(Schema):
    """Which paper."""

    size = fields.Enum(
        CardSize, by_value=True, load_default=CardSize.A6, metadata={"description": "the paper", "example": "a6"}
    )


class MarketCardsQuery(CardQuery):
    """Which paper, and how many cards on it."""

    sheet = fields.Boolean(
        load_default=False, metadata={"description": "four A6 cards on each sheet of A4, with marks to cut along"}
    )

    @validates_schema
    def only_small_cards_share_a_sheet(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Four A5 cards fit on no sheet."""
        if data.get("sheet") and data.get("size") is not CardSize.A6:
            raise ValidationError(_("Only A6 cards go four to a sheet."), "sheet")


class CheckSchema(Schema):
    """A code to check, and whose it should be."""

    payload = fields.String(
        required=True,
        validate=validate.Length(1, PAYLOAD_MAX_LENGTH),
        metadata={"description": "the text that the symbol carries"},
    )
    stall = Text(max_length=20, load_default=None, allow_none=True, metadata={"description": "the stall it hangs at"})


class CheckedSchema(Schema):
    """What a code turned out to be."""

    verdict = fields.String(required=True, validate=validate.OneOf([verdict.value for verdict in Verdict]))
    stall = fields.String(metadata={"description": "the stall whose code it is, or is made to look like"})
    reasons = fields.List(fields.String(), required=True, metadata={"description": "in the reader's language"})
