"""Areas as the API takes and gives them."""

from __future__ import annotations

import re
from datetime import date

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

from core.errors import InvalidInput
from core.web.api import Day, PageQuery, Text
from market.areas.models import Area, Level
from market.areas.registry import AreaKey

AREA_CODE_MAX_LENGTH = 8
QUERY_MAX_LENGTH = 100


#: A code and a first day, counted from the first of January of the year 1; six figures are always a day.
_CURSOR = re.compile(r"(?P<code>[0-9]{1,8})@(?P<day>[1-9][0-9]{0,5})")


def write_cursor(area: Area) -> str:
    """Where a list goes on after an area."""
    return f"{area.code}@{area.valid_from.toordinal()}"


def read_cursor(text: str | None) -> AreaKey | None:
    """What `write_cursor` wrote. Raises `InvalidInput` keyed by `after`."""
    if text is None:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise InvalidInput({"after": [_("Use the `next` of the answer before.")]})
    return found["code"], date.fromordinal(int(found["day"]))


class AreaQuery(PageQuery):
    """How a list of areas is narrowed."""

    after = fields.String(load_default=None, metadata={"pattern": r"^[0-9]{1,8}@[1-9][0-9]{0,5}$"})
    level = fields.Enum(Level, by_value=True, load_default=None)
    parent = Text(
        max_length=AREA_CODE_MAX_LENGTH, load_default=None, metadata={"description": "code of the unit above"}
    )
    on = Day(load_default=None, description="only units that stood on this day")
    q = Text(
        max_length=QUERY_MAX_LENGTH,
        load_default=None,
        metadata={"description": "beginnings of words of the name, with accents or without"},
    )


class SuccessorSchema(Schema):
    """What a unit went into."""

    code = fields.String(required=True)
    valid_from = fields.Date(required=True)
    full_name = fields.String(required=True)


class AreaSchema(Schema):
    """A unit from its first day to its last. Codes are used again, so `code` and `valid_from` together name it."""

    code = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(
        required=True, allow_none=True, metadata={"description": "the last day; null while it stands"}
    )
    level = fields.String(required=True, validate=validate.OneOf([level.value for level in Level]))
    name = fields.String(required=True)
    full_name = fields.String(required=True, metadata={"description": "with its title of the day asked for, or of now"})
    parent = fields.String(required=True, allow_none=True, metadata={"description": "code of the unit above"})
    successors = fields.List(fields.Nested(SuccessorSchema), required=True)
