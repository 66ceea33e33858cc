"""Giving money of a payment back: in cash, noted and undone here; or through the bank, after a second look."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import clock
from core.database import read_session
from core.errors import NotFound
from core.money import format_vnd
from core.number_words import amount_words
from core.permissions.roles import Permission
from core.web.errors import KeyReused
from core.web.forms import Form
from core.web.guards import current_principal, requires
from payments.cash.errors import AlreadyNoted, NotedAndUndone, TooLateToUndo
from payments.container import PaymentsContainer
from payments.gateways.errors import RefundsUnsupported
from payments.recording.queries import PaymentView
from payments.refunds import services
from payments.refunds.errors import MoreThanLeft
from payments.refunds.models import Refund, RefundState
from payments.refunds.queries import find_correction, unsettled_vnd
from payments.screen.labels import refusal_words
from payments.screen.pages.blueprint import bp, new_key, own_stall
from payments.screen.pages.payment import own_payment
from payments.screen.queries import due_back_vnd
from payments.screen.schemas import CashRefundSchema, RefundAskedSchema, more_than_left
from vendors.codes.banks import payer_bank_name
from vendors.stalls.models import Stall


@bp.get("/<code>/payments/<int:number>/cash-refund")
@requires(Permission.CASH_RECORD)
def cash_refund(code: str, number: int) -> str | Response:
    """Note that cash was given back of a payment."""
    stall = own_stall(code, Permission.CASH_RECORD)
    payment = own_payment(stall, number)
    if not payment.left_vnd:
        return _nothing_left(stall, number)
    return _page("payments/cash_refund.html", stall, payment, Form({"amount_vnd": _suggested(payment)}))


@bp.post("/<code>/payments/<int:number>/cash-refund")
@requires(Permission.CASH_RECORD)
def give_cash_refund(code: str, number: int) -> Response | tuple[str, int]:
    """Note it; the second tap of one page notes nothing."""
    stall = own_stall(code, Permission.CASH_RECORD)
    payment = own_payment(stall, number)
    form = Form(request.form)
    given = form.load(CashRefundSchema(payment))
    if given is None:
        return _page("payments/cash_refund.html", stall, payment, form), 422
    try:
        noted = services.give_cash_refund(current_principal(), payment.id, **given)
    except MoreThanLeft as refusal:
        form.refuse({"amount_vnd": [more_than_left(refusal.data["left_vnd"])]})
        return _page("payments/cash_refund.html", own_stall(stall.code), own_payment(stall, number), form), 422
    except AlreadyNoted:
        flash(_("Another amount was noted from that page already. Look below, then note again."), "look")
        return _to_payment(stall, number)
    except NotedAndUndone:
        amount = format_vnd(given["amount_vnd"])
        flash(
            _("%(amount)s from that page was noted and taken back already. Open the page again.", amount=amount), "look"
        )
        return _to_payment(stall, number)
    amount = format_vnd(noted.amount_vnd)
    flash(_("Noted: %(amount)s given back in cash. If that was a slip, take it back below.", amount=amount), "done")
    return _to_payment(stall, number)


@bp.post("/<code>/payments/<int:number>/cash-refund/<int:correction_id>/undo")
@requires(Permission.CASH_RECORD)
def undo_cash_refund(code: str, number: int, correction_id: int) -> Response:
    """Take back what was noted today."""
    stall = own_stall(code, Permission.CASH_RECORD)
    payment = own_payment(stall, number)
    if find_correction(read_session(), payment.id, correction_id) is None:
        raise NotFound
    try:
        services.undo_cash_refund(current_principal(), correction_id)
    except TooLateToUndo as refusal:
        flash(str(refusal.title), "trouble")
    else:
        flash(_("Taken back. If the cash did go back, note it again."), "done")
    return _to_payment(stall, payment.receipt_number)


@bp.get("/<code>/payments/<int:number>/refund")
@requires(Permission.PAYMENT_REFUND)
def refund(code: str, number: int) -> str | Response:
    """Say how much goes back through the bank, and why."""
    stall = own_stall(code, Permission.PAYMENT_REFUND)
    payment = own_payment(stall, number)
    if not payment.left_vnd:
        return _nothing_left(stall, number)
    if not PaymentsContainer.current().supports_refunds(payment.gateway):
        return _to_payment(stall, number)
    return _page("payments/refund.html", stall, payment, Form({"amount_vnd": _suggested(payment)}))


@bp.post("/<code>/payments/<int:number>/refund")
@requires(Permission.PAYMENT_REFUND)
def confirm_refund(code: str, number: int) -> str | Response | tuple[str, int]:
    """Show what is about to happen. Nothing is ordered yet."""
    stall = own_stall(code, Permission.PAYMENT_REFUND)
    payment = own_payment(stall, number)
    if not payment.left_vnd:
        return _nothing_left(stall, number)
    form = Form(request.form)
    if form.values.pop("change", None):
        return _page("payments/refund.html", stall, payment, form)
    given = form.load(RefundAskedSchema(payment))
    if given is not None and given["amount_vnd"] > payment.left_vnd:
        form.refuse({"amount_vnd": [more_than_left(payment.left_vnd)]})
    if given is None or form.errors:
        return _page("payments/refund.html", stall, payment, form), 422
    return render_template(
        "payments/refund_sure.html",
        stall=stall,
        payment=payment,
        bank=payer_bank_name(payment.payer_bank),
        given=given,
        words=amount_words(given["amount_vnd"]),
        left_vnd=payment.left_vnd - given["amount_vnd"],
        unsettled_vnd=unsettled_vnd(read_session(), payment.id),
    )


@bp.post("/<code>/payments/<int:number>/refund/order")
@requires(Permission.PAYMENT_REFUND)
def order_refund(code: str, number: int) -> Response | tuple[str, int]:
    """Order it; the second tap of one page orders nothing more."""
    stall = own_stall(code, Permission.PAYMENT_REFUND)
    payment = own_payment(stall, number)
    form = Form(request.form)
    given = form.load(RefundAskedSchema(payment))
    if given is None:
        return _page("payments/refund.html", stall, payment, form), 422
    try:
        ordered = services.order_refund(
            current_principal(), payment.id, given["amount_vnd"], given["reason"], given["entry_key"]
        )
    except MoreThanLeft as refusal:
        flash(more_than_left(refusal.data["left_vnd"]), "trouble")
    except RefundsUnsupported as refusal:
        flash(str(refusal.title), "trouble")
    except KeyReused:
        flash(_("Another refund was ordered from that page already. Look below, then order again."), "look")
    else:
        _tell(ordered)
    return _to_payment(stall, number)


def _tell(ordered: Refund) -> None:
    amount = format_vnd(ordered.amount_vnd)
    if ordered.state == RefundState.DONE:
        flash(_("Refunded: the bank sent %(amount)s back.", amount=amount), "done")
    elif ordered.state == RefundState.REFUSED:
        why = refusal_words(ordered.refusal)
        flash(_("Not refunded: %(amount)s stays with you. %(why)s", amount=amount, why=why), "trouble")
    else:
        flash(_("The bank has not said yet what became of %(amount)s. Do not pay it again.", amount=amount), "look")


def _suggested(payment: PaymentView) -> str:
    due_vnd = due_back_vnd(read_session(), payment, clock.now())
    return format_vnd(due_vnd, sign=False) if due_vnd else ""


def _nothing_left(stall: Stall, number: int) -> Response:
    flash(more_than_left(0), "look")
    return _to_payment(stall, number)


def _to_payment(stall: Stall, number: int) -> Response:
    return redirect(url_for("vendor_screen.payment", code=stall.code, number=number), 303)


def _page(template: str, stall: Stall, payment: PaymentView, form: Form) -> str:
    key = form.value("entry_key") or new_key()
    unsettled = unsettled_vnd(read_session(), payment.id)
    return render_template(template, stall=stall, payment=payment, form=form, entry_key=key, unsettled_vnd=unsettled)
