"""What the API says about payment requests."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.web.api import AmountVnd, Moment, Text, Whole
from payments.recording.models import RequestState
from payments.requests.services import EXPIRES_IN_MAX_S, EXPIRES_IN_MIN_S, EXPIRES_IN_S

NOTE_MAX_LENGTH = 64


class AskSchema(Schema):
    """What a stall asks for."""

    stall = Text(required=True, max_length=20, metadata={"description": "stall code, like DX01-A012"})
    amount_vnd = AmountVnd(required=True)
    note = Text(max_length=NOTE_MAX_LENGTH, min_length=0, load_default="")
    expires_in_s = Whole(load_default=EXPIRES_IN_S, validate=validate.Range(EXPIRES_IN_MIN_S, EXPIRES_IN_MAX_S))


class PaymentRequestSchema(Schema):
    """A code with an amount and what came for it. Money after its end is `late`: kept, shown, no part of `state`."""

    id = fields.String(required=True)
    stall = fields.String(required=True)
    amount_vnd = fields.Integer(required=True)
    note = fields.String(required=True)
    reference = fields.String(required=True)
    payload = fields.String(required=True, metadata={"description": "the VietQR text that the code's symbol carries"})
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in RequestState]))
    received_vnd = fields.Integer(required=True)
    late_vnd = fields.Integer(required=True)
    payments = fields.List(
        fields.Integer(), required=True, metadata={"description": "ids of the payments that came for it"}
    )
    created_at = Moment(required=True)
    expires_at = Moment(required=True)
    cancelled_at = Moment(allow_none=True)
