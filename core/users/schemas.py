"""What is asked for when users and roles are given."""

from __future__ import annotations

from marshmallow import Schema, fields

from core.users.services import NAME_MAX_LENGTH
from core.web.api import Text

PLACE_MAX_LENGTH = 20


class GrantSchema(Schema):
    """A role at a place; the place is left out for roles that hold everywhere."""

    role = fields.String(required=True)
    place = Text(max_length=PLACE_MAX_LENGTH, load_default="")


class UserSchema(GrantSchema):
    """A person with their first role."""

    name = Text(max_length=NAME_MAX_LENGTH, required=True)
    username = Text(max_length=64, required=True)
