"""What a screen is told about a payment: its facts, and the words to show and to say."""

from __future__ import annotations

from typing import Any

import vietqr.banks
from market.clock import ZONE
from market.money import format_vnd
from market.number_words import amount_words
from payments.gateways import simbank
from payments.recording.queries import PaymentView
from payments.recording.schemas import PaymentSchema

_schema = PaymentSchema()


def payer_bank_name(bank_bin: str | None) -> str | None:
    """The payer's bank as people call it; None when it is not known."""
    if bank_bin == simbank.BIN:
        return "SimBank"
    bank = vietqr.banks.find(bank_bin) if bank_bin else None
    return bank.short_name if bank else None


def describe(payment: PaymentView) -> dict[str, Any]:
    """The payment as in the API, with `amount` to show, `words` to say, `clock` (HH:MM) and `payer_bank_name`.

    The words are Vietnamese whatever the screen's language: they are for the ears in the market.
    """
    facts: dict[str, Any] = _schema.dump(payment)
    return facts | {
        "amount": format_vnd(payment.amount_vnd),
        "words": f"Đã nhận {amount_words(payment.amount_vnd)}",
        "clock": payment.paid_at.astimezone(ZONE).strftime("%H:%M"),
        "payer_bank_name": payer_bank_name(payment.payer_bank),
    }
