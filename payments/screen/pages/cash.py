"""Sales for cash: noted with two taps, taken back on the same day."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import clock
from core.database import read_session
from core.money import format_vnd
from core.permissions.roles import Permission
from core.web.forms import Form
from core.web.guards import current_principal, requires
from payments.cash.errors import AlreadyNoted, NotedAndUndone, StallNotInOperation, TooLateToUndo
from payments.cash.queries import sales_of_day
from payments.cash.schemas import CashSaleSchema
from payments.cash.services import note_sale, undo_sale
from payments.screen.pages.blueprint import bp, new_key, own_stall
from payments.screen.queries import totals_of
from vendors.stalls.models import Stall, StallStatus

#: What is paid most often, one tap each.
COMMON_AMOUNTS_VND = (5_000, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000, 200_000, 500_000)


@bp.get("/<code>/cash")
@requires(Permission.CASH_RECORD)
def cash(code: str) -> str:
    """Note a sale for cash."""
    return _cash_page(own_stall(code, Permission.CASH_RECORD), Form())


@bp.post("/<code>/cash")
@requires(Permission.CASH_RECORD)
def note_cash(code: str) -> Response | tuple[str, int]:
    """Note one sale; the second tap of one page notes nothing."""
    stall = own_stall(code, Permission.CASH_RECORD)
    form = Form(request.form)
    given = form.load(CashSaleSchema())
    if given is None:
        return _cash_page(stall, form), 422
    amount = format_vnd(given["amount_vnd"])
    try:
        noted = note_sale(current_principal(), stall.code, **given)
    except AlreadyNoted:
        flash(_("Another amount was noted from that page already. Look below, then note again."), "look")
    except NotedAndUndone:
        flash(
            _("%(amount)s from that page was noted and taken back already. Open the page again.", amount=amount), "look"
        )
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
def undo_cash(code: str, sale_id: int) -> Response:
    """Take a sale of today back."""
    stall = own_stall(code, Permission.CASH_RECORD)
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
        entry_key=new_key(),
        amounts=COMMON_AMOUNTS_VND,
        sales=sales_of_day(session, stall.id, today),
        totals=totals_of(session, stall.id, today),
        open=stall.status == StallStatus.ACTIVE,
    )
