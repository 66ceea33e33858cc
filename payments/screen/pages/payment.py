"""One payment: what it is, what went back of it, and the ways to give money back."""

from __future__ import annotations

from flask import render_template

from core import clock
from core.database import read_session
from core.errors import NotFound
from core.number_words import amount_words
from core.permissions.roles import Permission
from core.web.guards import current_principal, requires
from payments.container import PaymentsContainer
from payments.recording.booking import CorrectionKind
from payments.recording.queries import PaymentView, payment_by_number
from payments.refunds.queries import corrections_of, refunds_of, unsettled_vnd
from payments.screen.labels import refusal_words
from payments.screen.pages.blueprint import bp, own_stall
from vendors.codes.banks import payer_bank_name
from vendors.stalls.models import Stall
from vendors.stalls.queries import place_of_stall


@bp.get("/<code>/payments/<int:number>")
@requires(Permission.PAYMENT_READ)
def payment(code: str, number: int) -> str:
    """One payment by its receipt number."""
    stall = own_stall(code)
    return _payment_page(stall, own_payment(stall, number))


def own_payment(stall: Stall, number: int) -> PaymentView:
    """The stall's payment with this receipt number. Raises `NotFound`."""
    found = payment_by_number(read_session(), stall.id, number)
    if found is None:
        raise NotFound
    return found


def _payment_page(stall: Stall, found: PaymentView) -> str:
    session, place = read_session(), place_of_stall(stall)
    principal = current_principal()
    corrections = [one for one in corrections_of(session, found.id) if one.kind != CorrectionKind.REFUND]
    return render_template(
        "payments/payment.html",
        stall=stall,
        payment=found,
        day=clock.market_day(found.paid_at),
        words=amount_words(found.amount_vnd),
        bank=payer_bank_name(found.payer_bank),
        refunds=refunds_of(session, found.id),
        unsettled_vnd=unsettled_vnd(session, found.id),
        corrections=corrections,
        refusal_words=refusal_words,
        today=clock.today(),
        may_give_cash=principal.may(Permission.CASH_RECORD, place),
        may_refund=principal.may(Permission.PAYMENT_REFUND, place),
        refundable=PaymentsContainer.current().supports_refunds(found.gateway),
    )
