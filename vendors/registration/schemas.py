"""Stalls as the API and the pages' forms take them, and as the API gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, post_load, validate

import vietqr
from core import phone_number
from core.container import CoreContainer
from core.web.api import TEXT_CHARACTERS, Moment, PageQuery, Text, list_schema
from vendors.codes.banks import is_payable
from vendors.registration.services import AccountGiven, NewStall, StallChange
from vendors.stalls import account_number, stall_number
from vendors.stalls.models import FINGERPRINT_LENGTH, AccountStatus, NameCheck, StallStatus
from vietqr import banks

GOODS_LINE_MAX_LENGTH = 64
NAME_MAX_LENGTH = 80
HOLDER_MAX_LENGTH = 60
#: Text with at least one letter or figure that banks can write.
HOLDER_PATTERN = f"^[ {TEXT_CHARACTERS}]*[0-9A-Za-zĐđĂăĨĩŨũƠơƯưẠ-ỹ][ {TEXT_CHARACTERS}]*$"
REASON_MAX_LENGTH = 200
#: What people type around the figures of a number comes off before its own limit counts.
TYPED_MAX_LENGTH = 40


class Typed(Text):
    """A number that is kept in one form, however it is written; `validator` raises `ValueError` when it is none."""

    def __init__(self, validator: Callable[[str], str], message: Any, **kwargs: Any) -> None:
        super().__init__(max_length=TYPED_MAX_LENGTH, **kwargs)
        self._validator = validator
        self.error_messages["form"] = message

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        typed = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._validator(typed)
        except ValueError as error:
            raise self.make_error("form") from error


class BankBin(Text):
    """A bank of the registry; outside production also the simulated one."""

    default_error_messages = {"unknown": _("No bank has this number. Choose one from the list.")}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        # Outside production the simulated bank is taken, too, which the description leaves out.
        described = {"enum": [bank.bin for bank in banks.all_banks()]}
        super().__init__(max_length=6, metadata=described | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        bank_bin = super()._deserialize(value, attr, data, **kwargs)
        settings = CoreContainer.current().settings
        if not is_payable(bank_bin, settings):
            raise self.make_error("unknown")
        return bank_bin


class HolderName(Text):
    """The account holder's name as a bank writes it: capitals without accents, whatever is typed."""

    default_error_messages = {"unreadable": _("Write the name with letters, as on the bank card.")}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=HOLDER_MAX_LENGTH, pattern=HOLDER_PATTERN, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        folded = vietqr.fold(super()._deserialize(value, attr, data, **kwargs))
        if not folded:
            raise self.make_error("unreadable")
        return folded


_NUMBER_FORM = _("Use 1 to 8 letters or figures without accents or spaces, as painted on the stall, like A012.")
_PHONE_FORM = _("This is no Vietnamese phone number. Write it like 0903 123 456.")
_ACCOUNT_FORM = _("An account number has 4 to 19 letters or figures.")


class VendorSchema(Schema):
    """Who keeps a stall."""

    name = Text(max_length=NAME_MAX_LENGTH, required=True, metadata={"example": "Nguyễn Thị Mẫu"})
    phone = Typed(
        phone_number.validate,
        _PHONE_FORM,
        pattern=phone_number.PATTERN,
        required=True,
        metadata={"example": "0903 123 456"},
    )


class VendorChangeSchema(Schema):
    """What to correct about who keeps a stall; what is left out stays."""

    name = Text(max_length=NAME_MAX_LENGTH)
    phone = Typed(phone_number.validate, _PHONE_FORM, pattern=phone_number.PATTERN)


class AccountSchema(Schema):
    """Where a stall's money is to go."""

    bank_bin = BankBin(required=True, metadata={"example": "970436"})
    account_number = Typed(
        account_number.validate,
        _ACCOUNT_FORM,
        pattern=account_number.PATTERN,
        required=True,
        metadata={"example": "0071000987650"},
    )
    holder_name = HolderName(
        required=True, metadata={"example": "NGUYEN THI MAU", "description": "kept in capitals without accents"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> AccountGiven:
        """The account as services take it."""
        return AccountGiven(**data)


class NewStallSchema(Schema):
    """A stall to register. Without an account it will be in operation without a payment code."""

    market = Text(max_length=8, required=True, metadata={"description": "the market's code", "example": "DX01"})
    number = Typed(
        stall_number.validate,
        _NUMBER_FORM,
        pattern=stall_number.PATTERN,
        required=True,
        metadata={"example": "A012"},
    )
    goods_line = Text(max_length=GOODS_LINE_MAX_LENGTH, required=True, metadata={"example": "Rau củ"})
    vendor = fields.Nested(VendorSchema, required=True)
    account = fields.Nested(AccountSchema, load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> NewStall:
        """The registration as services take it."""
        vendor = data.pop("vendor")
        return NewStall(**data, vendor_name=vendor["name"], vendor_phone=vendor["phone"])


class StallChangeSchema(Schema):
    """What to correct about a stall; what is left out stays."""

    goods_line = Text(max_length=GOODS_LINE_MAX_LENGTH)
    vendor = fields.Nested(VendorChangeSchema)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> StallChange:
        """The change as services take it."""
        vendor = data.get("vendor", {})
        return StallChange(data.get("goods_line"), vendor.get("name"), vendor.get("phone"))


class ReasonSchema(Schema):
    """Why; it stays in the stall's history."""

    reason = Text(max_length=REASON_MAX_LENGTH, required=True)


class ApprovalSchema(Schema):
    """An approval. A body is needed for neither of its parts."""

    overrule_reason = Text(
        max_length=REASON_MAX_LENGTH,
        load_default=None,
        metadata={"description": "needed when the bank warns: `name_check` `mismatch` or `not_found`"},
    )
    seen = Text(
        max_length=FINGERPRINT_LENGTH,
        load_default=None,
        metadata={
            "description": "`fingerprint` of the account that was looked at, `none` for a stall without one: "
            "whatever else waits by now is not approved",
        },
    )


class StallQuery(PageQuery):
    """How a list of stalls is narrowed."""

    market = Text(max_length=8, load_default=None, metadata={"description": "the market's code"})
    status = fields.String(load_default=None, validate=validate.OneOf([status.value for status in StallStatus]))
    q = Text(
        max_length=80,
        load_default=None,
        metadata={"description": "beginnings of words of code, vendor, holder or goods line; accents do not matter"},
    )


class VendorShownSchema(Schema):
    """Who keeps a stall; shown to the board and to the vendor alone."""

    name = fields.String(required=True)
    phone = fields.String(required=True)


class AccountShownSchema(Schema):
    """A settlement account."""

    bank_bin = fields.String(required=True)
    bank_name = fields.String(required=True)
    account_number = fields.String(required=True)
    holder_name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in AccountStatus]))
    name_check = fields.String(
        required=True,
        validate=validate.OneOf([check.value for check in NameCheck]),
        metadata={"description": "what the bank said about the holder's name"},
    )
    name_found = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the bank's name, if another; shown to those alone who hold `stall.approve` here"},
    )
    overrule_reason = fields.String(required=True, allow_none=True)
    fingerprint = fields.String(required=True, metadata={"description": "stands for bank, number and holder together"})


class QrSchema(Schema):
    """The code that a stall is paid by."""

    version = fields.Integer(required=True)
    payload = fields.String(required=True, metadata={"description": "what the symbol carries"})
    reference = fields.String(required=True, metadata={"description": "what the transfer's text carries"})
    bank_bin = fields.String(required=True)
    account_number = fields.String(required=True, metadata={"description": "the account that the payload names"})
    virtual_account = fields.String(
        required=True, allow_none=True, metadata={"description": "null where the payload names the vendor's own"}
    )
    issued_at = Moment(required=True)


class StallSchema(Schema):
    """A stall."""

    code = fields.String(required=True)
    market = fields.String(required=True)
    number = fields.String(required=True)
    goods_line = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in StallStatus]))
    synthetic = fields.Boolean(required=True, metadata={"description": "made up for a demonstration"})
    vendor = fields.Nested(VendorShownSchema, required=True)
    account = fields.Nested(
        AccountShownSchema,
        required=True,
        allow_none=True,
        metadata={"description": "the account in force; while none is, the one that waits for approval"},
    )
    proposed_account = fields.Nested(
        AccountShownSchema, required=True, allow_none=True, metadata={"description": "waits to replace `account`"}
    )
    qr = fields.Nested(QrSchema, required=True, allow_none=True)
    registered_at = Moment(required=True)
    registered_by = fields.String(required=True)
    approved_at = Moment(required=True, allow_none=True)


StallListSchema = list_schema(StallSchema)
