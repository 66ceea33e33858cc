"""What the API says about money without a stall."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.web.api import Moment, Text, list_schema
from payments.recording.ownership import UnmatchedBecause

REASON_MAX_LENGTH = 200


class UnmatchedSchema(Schema):
    """A credit whose stall is not known yet."""

    id = fields.Integer(required=True)
    gateway = fields.String(required=True)
    external_id = fields.String(required=True)
    bank_ref = fields.String(required=True)
    amount_vnd = fields.Integer(required=True)
    paid_at = Moment(required=True)
    recorded_at = Moment(required=True)
    account_number = fields.String(required=True)
    virtual_account = fields.String(allow_none=True)
    content = fields.String(required=True)
    reason = fields.String(required=True, validate=validate.OneOf([reason.value for reason in UnmatchedBecause]))


UnmatchedListSchema = list_schema(UnmatchedSchema)


class AssignSchema(Schema):
    """Whose an unmatched credit is, and why somebody thinks so."""

    stall = Text(required=True, max_length=20, metadata={"description": "stall code, like DX01-A012"})
    reason = Text(required=True, max_length=REASON_MAX_LENGTH)


class UnassignSchema(Schema):
    """Why an assignment was wrong."""

    reason = Text(required=True, max_length=REASON_MAX_LENGTH)
