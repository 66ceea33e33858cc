"""What the partner may send. Unknown fields are refused."""

from datetime import UTC
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, Range, Regexp

from .clock import ZONE
from .limits import (
    ACCOUNT_NUMBER_MAX,
    AMOUNT_MAX_VND,
    AMOUNT_MIN_VND,
    BATCH_MAX,
    CONTENT_MAX,
    CREDITS_PAGE,
    CREDITS_PAGE_MAX,
    HOLDER_NAME_MAX,
    KEY_MAX,
    LABEL_MAX,
    STATEMENT_PAGE,
    STATEMENT_PAGE_MAX,
)
from .returns import RefundRequest
from .services import AccountRequest, TransferRequest, VirtualAccountRequest
from .statements import Cursor

OPENING_MAX_VND = 10**15
_NUMBER = Regexp(rf"\A[0-9A-Z]{{1,{ACCOUNT_NUMBER_MAX}}}\Z", error="Must be 1 to 19 of 0-9, A-Z.")
_BIN = Regexp(r"\A[0-9]{6}\Z", error="Must be six digits.")
_KEY = Regexp(rf"\A[!-~]{{1,{KEY_MAX}}}\Z", error="Must be 1 to 100 visible ASCII characters.")
_PRINTABLE = Regexp(r"\A[^\x00-\x1f\x7f]*\Z", error="Must not hold control characters.")

_REASON = [Length(1, CONTENT_MAX), _PRINTABLE]


class Vnd(fields.Integer):
    """Whole đồng: a JSON integer, and neither a string nor `true`."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number of đồng.")
        return value


class StrictSchema(Schema):
    """Refuses what it does not know."""

    class Meta:
        """Unknown fields are errors."""

        unknown = RAISE


class AccountSchema(StrictSchema):
    """An account to open."""

    account_number = fields.Str(required=True, validate=_NUMBER)
    holder_name = fields.Str(required=True, validate=[Length(1, HOLDER_NAME_MAX), _PRINTABLE])
    opening_balance_vnd = Vnd(load_default=0, validate=Range(0, OPENING_MAX_VND))
    reported = fields.Bool(load_default=False, truthy={True}, falsy={False})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> AccountRequest:
        return AccountRequest(**data)


class VirtualAccountSchema(StrictSchema):
    """A virtual account to issue."""

    request_id = fields.Str(required=True, validate=_KEY)
    account_number = fields.Str(required=True, validate=_NUMBER)
    label = fields.Str(required=True, validate=[Length(1, LABEL_MAX), _PRINTABLE])

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> VirtualAccountRequest:
        return VirtualAccountRequest(**data)


class TransferSchema(StrictSchema):
    """A transfer to make."""

    from_account = fields.Str(required=True, validate=_NUMBER)
    to_bank_bin = fields.Str(required=True, validate=_BIN)
    to_account = fields.Str(required=True, validate=_NUMBER)
    amount_vnd = Vnd(required=True, validate=Range(AMOUNT_MIN_VND, AMOUNT_MAX_VND))
    content = fields.Str(load_default="", validate=[Length(0, CONTENT_MAX), _PRINTABLE])
    idempotency_key = fields.Str(required=True, validate=_KEY)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> TransferRequest:
        return TransferRequest(**{**data, "idempotency_key": f"api:{data['idempotency_key']}"})


class RefundSchema(StrictSchema):
    """Money of a credit to give back."""

    request_id = fields.Str(required=True, validate=_KEY)
    credit_id = fields.Str(required=True, validate=_KEY)
    amount_vnd = Vnd(required=True, validate=Range(AMOUNT_MIN_VND, AMOUNT_MAX_VND))
    reason = fields.Str(required=True, validate=_REASON)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> RefundRequest:
        return RefundRequest(**data)


class ReversalSchema(StrictSchema):
    """Why the bank takes a credit back."""

    reason = fields.Str(required=True, validate=_REASON)


def _distinct(attribute: str) -> Any:
    def check(items: list[Any]) -> None:
        values = [getattr(item, attribute) for item in items]
        if len(set(values)) != len(values):
            message = f"Each {attribute} may stand once."
            raise ValidationError(message)

    return check


class AccountsSchema(StrictSchema):
    """Accounts to open, all or none."""

    items = fields.List(
        fields.Nested(AccountSchema),
        required=True,
        validate=[Length(1, BATCH_MAX), _distinct("account_number")],
    )


class VirtualAccountsSchema(StrictSchema):
    """Virtual accounts to issue, all or none."""

    items = fields.List(
        fields.Nested(VirtualAccountSchema),
        required=True,
        validate=[Length(1, BATCH_MAX), _distinct("request_id")],
    )


class CreditsQuerySchema(StrictSchema):
    """Where to go on in the list of credits."""

    after = fields.Int(load_default=0, validate=Range(0, 2**63 - 1))
    limit = fields.Int(load_default=CREDITS_PAGE, validate=Range(1, CREDITS_PAGE_MAX))


class CursorField(fields.Field[Cursor]):
    """A place in a statement, as an earlier answer's `next` gave it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Cursor:
        try:
            return Cursor.read(str(value))
        except ValueError:
            raise ValidationError("Must be what `next` said.") from None


class StatementQuerySchema(StrictSchema):
    """Which lines of the statement; a time without offset is Vietnam's."""

    from_ = fields.AwareDateTime(required=True, format="iso", default_timezone=ZONE, data_key="from")
    to = fields.AwareDateTime(required=True, format="iso", default_timezone=ZONE)
    after = CursorField(load_default=None)
    limit = fields.Int(load_default=STATEMENT_PAGE, validate=Range(1, STATEMENT_PAGE_MAX))

    @validates_schema
    def _check_order(self, data: dict[str, Any], **_: object) -> None:
        if data["to"] <= data["from_"]:
            raise ValidationError("Must be after `from`.", "to")

    @post_load
    def _to_utc(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        return data | {"from_": data["from_"].astimezone(UTC), "to": data["to"].astimezone(UTC)}


class DayQuerySchema(StrictSchema):
    """Which Vietnamese day."""

    date = fields.Date(required=True, format="iso")
