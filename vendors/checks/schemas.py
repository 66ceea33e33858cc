"""Codes to check, as the API takes and gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.web.api import NO_NUL_PATTERN, Text
from vendors.checks.checking import Verdict

#: A VietQR payload has at most 512 characters; what is pasted around it is cut off before reading.
PAYLOAD_MAX_LENGTH = 1_024


class CheckSchema(Schema):
    """A code to check, and whose it should be."""

    payload = fields.String(
        required=True,
        validate=validate.Length(1, PAYLOAD_MAX_LENGTH),
        metadata={"description": "the text that the symbol carries", "pattern": NO_NUL_PATTERN},
    )
    stall = Text(max_length=20, load_default=None, allow_none=True, metadata={"description": "the stall it hangs at"})


class CheckedSchema(Schema):
    """What a code turned out to be."""

    verdict = fields.String(required=True, validate=validate.OneOf([verdict.value for verdict in Verdict]))
    stall = fields.String(metadata={"description": "the stall whose code it is, or is made to look like"})
    reasons = fields.List(fields.String(), required=True, metadata={"description": "in the reader's language"})
