"""What a vendor types to ask for an amount, and to give money back."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError

from core.money import format_vnd
from core.web.api import Text
from payments.cash.limits import CASH_MIN_VND, ENTRY_KEY_MAX_LENGTH
from payments.cash.schemas import TypedAmount
from payments.recording.queries import PaymentView
from payments.refunds.schemas import REASON_MAX_LENGTH
from payments.requests.schemas import NOTE_MAX_LENGTH


class AmountLeft(TypedAmount):
    """An amount that goes back of a payment, as a person writes it: at most `most_vnd`, of which `left_vnd` is left.

    More than what is left is let through: the service refuses it, unless it is a second tap of what was done.
    """

    def __init__(self, left_vnd: int, most_vnd: int, **kwargs: Any) -> None:
        super().__init__(least_vnd=min(CASH_MIN_VND, most_vnd), most_vnd=most_vnd, **kwargs)
        self.left_vnd = left_vnd

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """In words for who typed it; too much is told with what is left."""
        if key == "too_large":
            return ValidationError(more_than_left(self.left_vnd))
        return super().make_error(key, **kwargs)


def more_than_left(left_vnd: int) -> str:
    """What to say to who would give back more than there is."""
    if not left_vnd:
        return str(_("Nothing of this payment is left to give back."))
    return str(_("At most %(left)s of this payment is left.", left=format_vnd(left_vnd)))


class AmountAskedSchema(Schema):
    """An amount to make a code for. `entry_key` was made by the page, so that a double tap makes one."""

    amount_vnd = TypedAmount(required=True)
    note = Text(max_length=NOTE_MAX_LENGTH, min_length=0, load_default="")
    entry_key = Text(required=True, max_length=ENTRY_KEY_MAX_LENGTH)


class CashRefundSchema(Schema):
    """Cash that was given back of a payment."""

    entry_key = Text(required=True, max_length=ENTRY_KEY_MAX_LENGTH)

    def __init__(self, payment: PaymentView) -> None:
        amount = AmountLeft(payment.left_vnd, payment.amount_vnd, required=True)
        self._declared_fields = self._declared_fields | {"amount_vnd": amount}
        super().__init__()


class RefundAskedSchema(CashRefundSchema):
    """A refund through the bank, and why."""

    reason = Text(required=True, max_length=REASON_MAX_LENGTH)
