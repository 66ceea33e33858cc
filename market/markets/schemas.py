"""Markets as the API takes and gives them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields

from core.web.api import Day, PageQuery, Text
from market.areas.schemas import AREA_CODE_MAX_LENGTH, QUERY_MAX_LENGTH
from market.markets import market_code

NAME_MAX_LENGTH = 120


def _check_code(code: str) -> None:
    if not market_code.is_valid(code):
        raise ValidationError(_("Use two letters and two figures, like DX01."))


class MarketQuery(PageQuery):
    """How a list of markets is narrowed."""

    area = Text(
        max_length=AREA_CODE_MAX_LENGTH,
        load_default=None,
        metadata={"description": "code of a province, district or commune, of today or of before 2025-07-01"},
    )
    on = Day(load_default=None, description="the day that `area` is meant on; codes are used again")
    q = Text(
        max_length=QUERY_MAX_LENGTH,
        load_default=None,
        metadata={"description": "beginnings of words of the name or the code, with accents or without"},
    )


class NewMarketSchema(Schema):
    """A market to set up."""

    code = Text(
        max_length=4, required=True, pattern=market_code.PATTERN, checks=[_check_code], metadata={"example": "DX04"}
    )
    name = Text(max_length=NAME_MAX_LENGTH, required=True)
    commune = Text(
        max_length=AREA_CODE_MAX_LENGTH, required=True, metadata={"description": "code of the commune of today"}
    )
    former_commune = Text(
        max_length=AREA_CODE_MAX_LENGTH,
        load_default=None,
        metadata={"description": "code of the commune of before 2025-07-01; without it there is no district series"},
    )


class MarketAreaSchema(Schema):
    """An area around a market."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    full_name = fields.String(required=True)


class MarketSchema(Schema):
    """A market with its areas of today, and with those of before 2025-07-01."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    province = fields.Nested(MarketAreaSchema, required=True, allow_none=True)
    commune = fields.Nested(MarketAreaSchema, required=True, allow_none=True)
    district = fields.Nested(MarketAreaSchema, required=True, allow_none=True)
    former_commune = fields.Nested(MarketAreaSchema, required=True, allow_none=True)
    stalls_reported = fields.Integer(
        required=True, allow_none=True, metadata={"description": "as a source reported them; never a count of ours"}
    )
    evidence = fields.String(required=True, allow_none=True)
    sources = fields.List(fields.String(), required=True)
