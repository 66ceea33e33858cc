"""What is asked for when accounts and roles are given."""

from __future__ import annotations

from marshmallow import Schema, fields

from market.people.services import NAME_MAX_LENGTH
from market.web.api import Text

PLACE_MAX_LENGTH = 20


class GrantSchema(Schema):
    """A role at a place; the place is left out for roles that hold everywhere."""

    role = fields.String(required=True)
    place = Text(max_length=PLACE_MAX_LENGTH, load_default="")


class AccountSchema(GrantSchema):
    """A person's account with its first role."""

    name = Text(max_length=NAME_MAX_LENGTH, required=True)
    username = Text(max_length=64, required=True)
