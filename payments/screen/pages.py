"""The vendor's pages. Each stands below its stall's code, and is found by that stall's vendor alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from market import clock
from market.database import read_session
from market.errors import InvalidInput, NotFound, Unauthenticated
from market.money import format_vnd
from market.people.permissions import Permission
from market.web.forms import Form
from market.web.identity import current_principal, requires
from payments.cash.errors import AlreadyNoted, StallNotInOperation, TooLateToUndo
from payments.cash.queries import sales_of_day
from payments.cash.schemas import CashSaleSchema
from payments.cash.services import note_sale, undo_sale
from payments.live import streams
from payments.live.describe import payer_bank_name
from payments.live.telling import ScreenTelling
from payments.recording.queries import payments_of_day
from payments.screen.queries import live_view, stalls_of, totals_of
from vendors.cards.symbol import QUIET_ZONE_MODULES, encode
from vendors.codes.banks import SIMULATED_BIN, bank_name
from vendors.codes.queries import live_code
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import place_of_stall, stall_by_code

P = ParamSpec("P")
R = TypeVar("R")

#: What is paid most often, one tap each.
COMMON_AMOUNTS_VND = (5_000, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000, 200_000, 500_000)
#: A screen that hears nothing for so long takes its connection for dead: two heartbeats and a slow network.
SILENCE_S = 2 * streams.HEARTBEAT_S + 5
#: Codes of these stalls bring money.
WITH_CODE = frozenset({StallStatus.ACTIVE, StallStatus.SUSPENDED})
#: No payment was recorded before there was a Chợ 4.0.
FIRST_DAY = date(2024, 1, 1)

bp = Blueprint("vendor_screen", __name__, url_prefix="/vendor")


def _no_sign_in_page(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse strangers plainly: a script that asks cannot fill in a form, and must not be led to one."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_principal().signed_in:
            raise Unauthenticated
        return view(*args, **kwargs)

    return guarded


@bp.get("/", defaults={"code": None})
@bp.get("/<code>/")
@requires(Permission.PAYMENT_READ)
def live(code: str | None) -> str | AnyResponse:
    """Payments as they come; without a code the vendor's only stall, or the choice between several."""
    if code is None:
        return _choose()
    stall = _own_stall(code)
    view = live_view(read_session(), stall.id)
    return render_template("payments/live.html", stall=stall, view=view, silence_ms=int(SILENCE_S * 1000))


def _choose() -> str | AnyResponse:
    stalls = stalls_of(read_session(), current_principal().grants_for(Permission.PAYMENT_READ))
    if len(stalls) == 1:
        return redirect(url_for("vendor_screen.live", code=stalls[0].code), 303)
    return render_template("payments/choose.html", stalls=stalls)


@bp.get("/<code>/events")
@_no_sign_in_page
@requires(Permission.PAYMENT_READ)
def events(code: str) -> Response:
    """The stream behind the live page."""
    return streams.stream(_own_stall(code).id, ScreenTelling())


@bp.get("/<code>/code")
@requires(Permission.PAYMENT_READ)
def my_code(code: str) -> str:
    """The stall's code, to be scanned from this screen, and its card as a file."""
    stall = _own_stall(code)
    found = live_code(read_session(), stall.id) if stall.status in WITH_CODE else None
    return render_template(
        "payments/code.html",
        stall=stall,
        code=found,
        symbol=encode(found.payload) if found else None,
        quiet=QUIET_ZONE_MODULES,
        bank=bank_name(found.bank_bin) if found else None,
        sample=found is not None and found.bank_bin == SIMULATED_BIN,
    )


@bp.get("/<code>/cash")
@requires(Permission.CASH_RECORD)
def cash(code: str) -> str:
    """Note a sale for cash."""
    return _cash_page(_own_stall(code, Permission.CASH_RECORD), Form())


@bp.post("/<code>/cash")
@requires(Permission.CASH_RECORD)
def note_cash(code: str) -> AnyResponse | tuple[str, int]:
    """Note one sale; the second tap of one page notes nothing."""
    stall = _own_stall(code, Permission.CASH_RECORD)
    form = Form(request.form)
    given = form.load(CashSaleSchema())
    if given is None:
        return _cash_page(stall, form), 422
    amount = format_vnd(given["amount_vnd"])
    try:
        noted = note_sale(current_principal(), stall.code, **given)
    except AlreadyNoted:
        flash(_("Another amount was noted from that page already. Look below, then note again."), "look")
    except StallNotInOperation as refusal:
        flash(str(refusal.title), "trouble")
    else:
        if noted.fresh:
            flash(_("Noted: %(amount)s in cash. If that was a slip, take it back below.", amount=amount), "done")
        else:
            flash(_("%(amount)s was noted already, once.", amount=amount), "look")
    return redirect(url_for("vendor_screen.cash", code=stall.code), 303)


@bp.post("/<code>/cash/<int:sale_id>/undo")
@requires(Permission.CASH_RECORD)
def undo_cash(code: str, sale_id: int) -> AnyResponse:
    """Take a sale of today back."""
    stall = _own_stall(code, Permission.CASH_RECORD)
    try:
        undone = undo_sale(current_principal(), stall.code, sale_id)
    except TooLateToUndo as refusal:
        flash(str(refusal.title), "trouble")
    else:
        amount = format_vnd(undone.sale.amount_vnd)
        flash(_("Taken back: %(amount)s. If it was right, note it again.", amount=amount), "done")
    return redirect(url_for("vendor_screen.cash", code=stall.code), 303)


def _cash_page(stall: Stall, form: Form) -> str:
    session, today = read_session(), clock.today()
    return render_template(
        "payments/cash.html",
        stall=stall,
        form=form,
        entry_key=uuid.uuid4().hex,
        amounts=COMMON_AMOUNTS_VND,
        sales=sales_of_day(session, stall.id, today),
        totals=totals_of(session, stall.id, today),
        open=stall.status == StallStatus.ACTIVE,
    )


@bp.get("/<code>/day")
@requires(Permission.PAYMENT_READ)
def my_day(code: str) -> str:
    """A market day: its totals and its payments, today's when no other is asked for."""
    stall, session, today = _own_stall(code), read_session(), clock.today()
    day = _asked_day(today)
    return render_template(
        "payments/day.html",
        stall=stall,
        day=day,
        today=today,
        first_day=FIRST_DAY,
        before=day - timedelta(days=1) if day > FIRST_DAY else None,
        after=day + timedelta(days=1) if day < today else None,
        totals=totals_of(session, stall.id, day),
        payments=list(reversed(payments_of_day(session, stall.id, day))),
        sales=sales_of_day(session, stall.id, day),
        payer_bank_name=payer_bank_name,
    )


def _asked_day(today: date) -> date:
    given = request.args.get("day")
    if not given:
        return today
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise InvalidInput({"day": [_("Write the day as year-month-day.")]}) from None
    if not FIRST_DAY <= day <= today:
        raise NotFound(_("There are no payments of that day yet."))
    return day


def _own_stall(code: str, permission: Permission = Permission.PAYMENT_READ) -> Stall:
    stall = stall_by_code(read_session(), code)
    current_principal().require(permission, place_of_stall(stall))
    return stall
