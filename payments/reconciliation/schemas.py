"""What the API says about statements and discrepancies, and what people type about them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.web.api import KeyPageQuery, Moment, Text, list_schema
from payments.reconciliation.limits import NOTE_MAX_LENGTH
from payments.reconciliation.outcomes import DiscrepancyKind, Outcome, Source
from payments.statement_lines import Direction

STATES = ("open", "closed", "all")


class SumSchema(Schema):
    """Lines that ended in one way."""

    count = fields.Integer(required=True)
    credits_vnd = fields.Integer(required=True)
    debits_vnd = fields.Integer(required=True)


class StatementSchema(Schema):
    """A bank's statement that was imported or pulled, with what became of its lines."""

    id = fields.Integer(required=True)
    gateway = fields.String(required=True)
    source = fields.String(required=True, validate=validate.OneOf([one.value for one in Source]))
    name = fields.String(required=True, metadata={"description": "what the file was called; empty when it was pulled"})
    sha256 = fields.String(required=True)
    since = Moment(required=True, allow_none=True)
    until = Moment(required=True, allow_none=True)
    credits_count = fields.Integer(required=True)
    credits_vnd = fields.Integer(required=True)
    debits_count = fields.Integer(required=True)
    debits_vnd = fields.Integer(required=True)
    passed_over = fields.Integer(required=True, metadata={"description": "entries that are no money"})
    imported_at = Moment(required=True)
    processed_at = Moment(
        required=True, allow_none=True, metadata={"description": "null while lines are being processed"}
    )
    outcomes = fields.Dict(
        keys=fields.String(validate=validate.OneOf([one.value for one in Outcome])),
        values=fields.Nested(SumSchema),
        required=True,
    )
    open_discrepancies = fields.Integer(required=True)


class LineSchema(Schema):
    """A booking of a statement, and how it ended. The names of payers are not given out."""

    position = fields.Integer(required=True)
    account_number = fields.String(required=True)
    virtual_account = fields.String(required=True, allow_none=True)
    direction = fields.String(required=True, validate=validate.OneOf([one.value for one in Direction]))
    amount_vnd = fields.Integer(required=True)
    booked_at = Moment(required=True)
    bank_ref = fields.String(required=True, allow_none=True)
    external_id = fields.String(required=True, allow_none=True)
    is_reversal = fields.Boolean(required=True)
    content = fields.String(required=True)
    outcome = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([None, *(one.value for one in Outcome)])
    )
    reason = fields.String(required=True, allow_none=True)
    credit_id = fields.Integer(required=True, allow_none=True)
    refund_id = fields.Integer(required=True, allow_none=True)
    reversal_id = fields.Integer(required=True, allow_none=True)


class DiscrepancySchema(Schema):
    """Something between a bank's statement and what is recorded that a person should look at."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([one.value for one in DiscrepancyKind]))
    reason = fields.String(required=True)
    gateway = fields.String(required=True)
    statement_id = fields.Integer(required=True)
    credit_id = fields.Integer(required=True, allow_none=True)
    account_number = fields.String(required=True, allow_none=True)
    bank_vnd = fields.Integer(
        required=True, allow_none=True, metadata={"description": "what the bank says; debits are below 0"}
    )
    our_vnd = fields.Integer(required=True, allow_none=True, metadata={"description": "what is recorded here"})
    line_number = fields.Integer(required=True, allow_none=True)
    entry_ref = fields.String(required=True, allow_none=True)
    expected = fields.String(required=True)
    found = fields.String(required=True)
    happened_at = Moment(required=True, allow_none=True)
    opened_at = Moment(required=True)
    is_open = fields.Boolean(required=True)


class DiscrepanciesQuery(KeyPageQuery):
    """Which discrepancies."""

    state = fields.String(load_default="open", validate=validate.OneOf(STATES))


class LinesQuery(KeyPageQuery):
    """Which lines."""

    outcome = fields.String(load_default=None, validate=validate.OneOf([one.value for one in Outcome]))


class NoteSchema(Schema):
    """Why a discrepancy is closed, or open again."""

    note = Text(required=True, max_length=NOTE_MAX_LENGTH)


StatementListSchema = list_schema(StatementSchema)
LineListSchema = list_schema(LineSchema)
DiscrepancyListSchema = list_schema(DiscrepancySchema)
