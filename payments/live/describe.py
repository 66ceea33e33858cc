"""Payments described for a screen: their facts, and the words to show and to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.money import format_vnd
from core.number_words import amount_words, number_words
from payments.recording.queries import PaymentView, day_of
from payments.recording.schemas import PaymentSchema
from vendors.codes.banks import payer_bank_name

_schema = PaymentSchema()


def describe(session: Session, payments: Sequence[PaymentView]) -> list[dict[str, Any]]:
    """Payments of one stall, each as in the API, with what a screen shows and says beside it.

    `amount` to show, `words` to say, `when` (HH:MM, with the day when it is not today), `of_today`,
    `payer_bank_name`, and `today` as `today_of` gives it. The words are Vietnamese whatever the screen's language: they
    are for the ears in the market.
    """
    if not payments:
        return []
    today = today_of(session, payments[0].stall_id)
    return [_describe_one(payment) | {"today": today} for payment in payments]


def today_of(session: Session, stall_id: int) -> dict[str, Any]:
    """The stall's market day so far: `market_day`, `payments_count`, `payments_vnd`, and `amount` to show.

    `returned_vnd` is what went back today, by the bank or in cash, `returned` that to show.
    """
    day = clock.today()
    totals = day_of(session, stall_id, day)
    count, total_vnd = (totals.payments_count, totals.payments_vnd) if totals else (0, 0)
    returned_vnd = totals.refunds_vnd + totals.reversals_vnd + totals.cash_refund_vnd if totals else 0
    return {
        "market_day": day.isoformat(),
        "payments_count": count,
        "payments_vnd": total_vnd,
        "amount": format_vnd(total_vnd),
        "returned_vnd": returned_vnd,
        "returned": format_vnd(returned_vnd),
    }


def words_for_many(count: int, total_vnd: int) -> str:
    """What is said instead of every payment by itself, when many came while nobody listened.

    >>> words_for_many(40, 2_000_000)
    'Đã nhận bốn mươi khoản, tổng cộng hai triệu đồng'
    """
    return f"Đã nhận {number_words(count)} khoản, tổng cộng {amount_words(total_vnd)}"


def _describe_one(payment: PaymentView) -> dict[str, Any]:
    facts: dict[str, Any] = _schema.dump(payment)
    paid_at = payment.paid_at.astimezone(clock.ZONE)
    today = paid_at.date() == clock.today()
    return facts | {
        "amount": format_vnd(payment.amount_vnd),
        "words": f"Đã nhận {amount_words(payment.amount_vnd)}",
        "of_today": today,
        "when": paid_at.strftime("%H:%M" if today else "%H:%M %d/%m/%Y"),
        "payer_bank_name": payer_bank_name(payment.payer_bank),
    }
