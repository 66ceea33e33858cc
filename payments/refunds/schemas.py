"""What the API says about money that goes back."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.web.api import AmountVnd, Moment, Text, list_schema
from payments.refunds.models import RefundState

REASON_MAX_LENGTH = 140


class OrderRefundSchema(Schema):
    """How much goes back, and why."""

    amount_vnd = AmountVnd(required=True)
    reason = Text(required=True, max_length=REASON_MAX_LENGTH)


class RefundSchema(Schema):
    """A refund, as far as it has come. Only the bank's word ends `pending` and `unknown`."""

    id = fields.String(required=True, attribute="request_id")
    payment_id = fields.Integer(required=True)
    amount_vnd = fields.Integer(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in RefundState]))
    requested_at = Moment(required=True)
    settled_at = Moment(allow_none=True)
    bank_ref = fields.String(allow_none=True, metadata={"description": "the bank's reference, once it is done"})
    refusal = fields.String(allow_none=True, metadata={"description": "the bank's own word for why not"})


RefundListSchema = list_schema(RefundSchema)
