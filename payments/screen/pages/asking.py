"""A code with an amount: made, shown, ended, and what became of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import vietqr
from core import clock
from core.database import read_session
from core.errors import NotFound
from core.money import AMOUNT_MAX_VND, format_vnd
from core.number_words import amount_words
from core.permissions.roles import Permission
from core.web.errors import KeyReused
from core.web.forms import Form
from core.web.guards import current_principal, requires
from payments.recording.models import PaymentRequest, RequestState
from payments.recording.queries import last_receipt_number
from payments.requests import queries, services
from payments.requests.errors import RequestEnded, StallCannotAsk
from payments.screen.pages.blueprint import SILENCE_MS, Sheet, bp, code_in_force, new_key, own_stall, sheet_of
from payments.screen.queries import request_view
from payments.screen.schemas import AmountAskedSchema
from vendors.codes.banks import payer_bank_name
from vendors.stalls.models import Stall, StallStatus

#: Codes below the form: the one that a vendor left too early is found again.
LATEST_SHOWN = 5
#: How often the page asks by itself where no script listens.
LOOK_AGAIN_S = 15


@bp.get("/<code>/amount")
@requires(Permission.PAYMENT_REQUEST)
def amount(code: str) -> str:
    """Type an amount to make a code for."""
    return _amount_page(own_stall(code, Permission.PAYMENT_REQUEST), Form({"amount_vnd": _amount_suggested()}))


@bp.post("/<code>/amount")
@requires(Permission.PAYMENT_REQUEST)
def ask(code: str) -> Response | tuple[str, int]:
    """Make a code; the second tap of one page makes no other."""
    stall = own_stall(code, Permission.PAYMENT_REQUEST)
    form = Form(request.form)
    given = form.load(AmountAskedSchema())
    if given is None:
        return _amount_page(stall, form), 422
    try:
        made = services.ask(
            current_principal(), stall.code, given["amount_vnd"], note=given["note"], key=given["entry_key"]
        )
    except StallCannotAsk:
        return redirect(url_for("vendor_screen.amount", code=stall.code), 303)
    except KeyReused:
        return _made_before(stall.code, form)
    if made.state(clock.now()) is not RequestState.OPEN:
        # A page that came back from the browser's memory: what was paid for an earlier shopper must not be taken for
        # the money of this one.
        return _made_before(stall.code, form)
    return redirect(url_for("vendor_screen.show_request", code=stall.code, request_id=made.public_id), 303)


@bp.get("/<code>/amount/<request_id>")
@requires(Permission.PAYMENT_READ)
def show_request(code: str, request_id: str) -> str:
    """The code to be scanned; and once money came, or time ran out, what became of it."""
    stall = own_stall(code)
    view = request_view(read_session(), _own_request(stall, request_id), clock.now())
    return render_template(
        "payments/request.html",
        stall=stall,
        view=view,
        sheet=_sheet(stall, view.request) if view.state is RequestState.OPEN else None,
        last_number=last_receipt_number(read_session(), stall.id),
        silence_ms=SILENCE_MS,
        look_again_s=LOOK_AGAIN_S,
        amount_words=amount_words,
        payer_bank_name=payer_bank_name,
        may_ask=current_principal().may(Permission.PAYMENT_REQUEST),
    )


@bp.post("/<code>/amount/<request_id>/cancel")
@requires(Permission.PAYMENT_REQUEST)
def cancel_request(code: str, request_id: str) -> Response:
    """End a code that nothing has come for."""
    stall = own_stall(code, Permission.PAYMENT_REQUEST)
    found = _own_request(stall, request_id)
    try:
        services.cancel(current_principal(), found.public_id)
    except RequestEnded:
        flash(_("It was too late to cancel: see below what became of this code."), "look")
    return redirect(url_for("vendor_screen.show_request", code=stall.code, request_id=found.public_id), 303)


def _own_request(stall: Stall, request_id: str) -> PaymentRequest:
    found = queries.find(read_session(), request_id)
    if found.stall_id != stall.id:
        raise NotFound
    return found


def _sheet(stall: Stall, asked: PaymentRequest) -> Sheet | None:
    """The code to be scanned; None when the stall's own code has changed since, and the money might go astray."""
    code, paid = code_in_force(stall), vietqr.decode(asked.payload)
    if code is None or (code.bank_bin, code.account_number) != (paid.bank_bin, paid.account_number):
        return None
    return sheet_of(code, asked.payload)


def _amount_suggested() -> str:
    given = request.args.get("amount_vnd", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(AMOUNT_MAX_VND))):
        return ""
    return format_vnd(int(given), sign=False)


def _made_before(stall_code: str, form: Form) -> tuple[str, int]:
    form.refuse({"amount_vnd": [_("This page made a code before: it stands below. Tap again to make a new one.")]})
    return _amount_page(own_stall(stall_code, Permission.PAYMENT_REQUEST), form), 409


def _amount_page(stall: Stall, form: Form) -> str:
    moment = clock.now()
    latest = [
        (asked, asked.state(moment))
        for asked in queries.latest(read_session(), stall.id, LATEST_SHOWN)
        if clock.market_day(asked.created_at) == clock.market_day(moment)
    ]
    return render_template(
        "payments/amount.html",
        stall=stall,
        form=form,
        entry_key=new_key(),
        latest=latest,
        open=stall.status == StallStatus.ACTIVE and code_in_force(stall) is not None,
    )
