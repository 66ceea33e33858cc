"""Registering a stall on a phone, walking from one to the next, and correcting what was registered."""

from __future__ import annotations

from typing import cast

from flask import flash, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.container import CoreContainer
from core.database import read_session
from core.errors import InvalidInput
from core.permissions.roles import Permission
from core.web.forms import Form
from core.web.guards import current_principal, requires
from vendors.codes import banks
from vendors.registration import queries, services
from vendors.registration.errors import StallExists
from vendors.registration.pages.blueprint import back_to, bp, markets_for, stall_in_hand
from vendors.registration.schemas import AccountSchema, NewStallSchema, StallChangeSchema
from vendors.stalls.models import Stall

Page = str | tuple[str, int] | Response

ACCOUNT_FIELDS = ("account.bank_bin", "account.account_number", "account.holder_name")


@bp.get("/register")
@requires(Permission.STALL_REGISTER)
def new() -> Page:
    """The form to register a stall."""
    return _register_page(Form({"market": request.args.get("market", "").upper()}))


@bp.post("/register")
@requires(Permission.STALL_REGISTER)
def register() -> Page:
    """Register a stall; the next one's form is a link away."""
    form = Form(request.form)
    given = cast("services.NewStall | None", form.load(NewStallSchema()))
    if given is None:
        return _register_page(form), 422
    try:
        stall = services.register(current_principal(), given)
    except StallExists as error:
        form.refuse({"number": [str(error.detail or error.title)]})
        return _register_page(form), error.status
    except InvalidInput as error:
        form.refuse(error.errors)
        return _register_page(form), error.status
    flash(_("Stall %(code)s is registered. It waits for a colleague's approval.", code=stall.code), "done")
    return back_to(stall.code)


@bp.get("/<code>/edit")
@requires(Permission.STALL_EDIT)
def edit(code: str) -> Page:
    """The form to correct a stall's goods line or vendor."""
    stall = stall_in_hand(code, Permission.STALL_EDIT)
    typed = {"goods_line": stall.goods_line, "vendor.name": stall.vendor.name, "vendor.phone": stall.vendor.phone}
    return _edit_page(stall, Form(typed))


@bp.post("/<code>/edit")
@requires(Permission.STALL_EDIT)
def save(code: str) -> Page:
    """Correct a stall's goods line or vendor."""
    stall = stall_in_hand(code, Permission.STALL_EDIT)
    form = Form(request.form)
    change = cast("services.StallChange | None", form.load(StallChangeSchema()))
    if change is None:
        return _edit_page(stall, form), 422
    services.edit(current_principal(), code, change)
    flash(_("The registration of %(code)s was corrected.", code=stall.code), "done")
    return back_to(stall.code)


@bp.get("/<code>/account")
@requires(Permission.STALL_EDIT)
def new_account(code: str) -> Page:
    """The form to propose another account."""
    return _account_page(stall_in_hand(code, Permission.STALL_EDIT), Form())


@bp.post("/<code>/account")
@requires(Permission.STALL_EDIT)
def propose_account(code: str) -> Page:
    """Propose another account; it waits for a colleague."""
    stall = stall_in_hand(code, Permission.STALL_EDIT)
    form = Form(request.form)
    given = cast("services.AccountGiven | None", form.load(AccountSchema()))
    if given is None:
        return _account_page(stall, form), 422
    try:
        services.propose_account(current_principal(), code, given)
    except InvalidInput as error:
        form.refuse(error.errors)
        return _account_page(stall, form), error.status
    flash(_("The account of %(code)s waits for a colleague's approval.", code=stall.code), "done")
    return back_to(stall.code)


def _register_page(form: Form) -> str:
    markets = markets_for(read_session(), Permission.STALL_REGISTER)
    chosen = next((market for market in markets if market.code == form.value("market")), None)
    if chosen is None and len(markets) == 1:
        chosen = markets[0]
    return render_template(
        "vendors/stall_register.html",
        form=form,
        markets=[(market.code, market.name) for market in markets],
        market=chosen,
        goods_lines=queries.goods_lines(read_session(), [market.id for market in markets]),
        banks=_banks(),
        account_begun=any(form.value(name) for name in ACCOUNT_FIELDS),
    )


def _edit_page(stall: Stall, form: Form) -> str:
    lines = queries.goods_lines(read_session(), [stall.market_id])
    return render_template("vendors/stall_edit.html", stall=stall, form=form, goods_lines=lines)


def _account_page(stall: Stall, form: Form) -> str:
    found = queries.detail(read_session(), stall)
    return render_template(
        "vendors/stall_account.html", found=found, stall=stall, form=form, banks=_banks(), bank_name=banks.bank_name
    )


def _banks() -> list[tuple[str, str]]:
    return banks.choices(CoreContainer.current().settings)
