"""What the API says about payments."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.web.api import PAGE_SIZE, PAGE_SIZE_MAX, WHOLE_MAX, Moment, Text, Whole, list_schema
from payments.recording.ownership import MatchedBy
from payments.recording.queries import PaymentState


class PaymentsQuery(Schema):
    """A stall's payments with a receipt number above `after`."""

    stall = Text(required=True, max_length=20, metadata={"description": "stall code, like DX01-A012"})
    after = Whole(text=True, load_default=0, validate=validate.Range(0, WHOLE_MAX))
    limit = Whole(text=True, load_default=PAGE_SIZE, validate=validate.Range(1, PAGE_SIZE_MAX))


class PaymentSchema(Schema):
    """A credit recorded for a stall. The payer's name is not given out."""

    id = fields.Integer(required=True)
    receipt_number = fields.Integer(required=True, metadata={"description": "1, 2, 3 … for each stall, without a gap"})
    gateway = fields.String(required=True)
    external_id = fields.String(required=True)
    bank_ref = fields.String(required=True)
    amount_vnd = fields.Integer(required=True)
    paid_at = Moment(required=True, metadata={"description": "the bank's time"})
    recorded_at = Moment(required=True, metadata={"description": "our time"})
    payer_bank = fields.String(allow_none=True, metadata={"description": "BIN of the payer's bank"})
    content = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in PaymentState]))
    returned_vnd = fields.Integer(
        required=True,
        metadata={"description": "refunded or about to be, given back in cash, or taken back by the bank"},
    )
    matched_by = fields.String(required=True, validate=validate.OneOf([way.value for way in MatchedBy]))
    request = fields.String(allow_none=True, metadata={"description": "the payment request that it was made for"})
    late = fields.Boolean(required=True, metadata={"description": "came after that request had ended"})


PaymentListSchema = list_schema(PaymentSchema)
