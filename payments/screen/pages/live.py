"""Payments as they come, and the stall's code."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.database import read_session
from core.errors import Unauthenticated
from core.permissions.roles import Permission
from core.web.guards import current_principal, requires
from payments.live import streams
from payments.live.events import ScreenEvents
from payments.screen.pages.blueprint import SILENCE_MS, bp, code_in_force, own_stall, sheet_of
from payments.screen.queries import live_view, stalls_of
from vendors.stalls.queries import stall_by_code

P = ParamSpec("P")
R = TypeVar("R")


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
    stall = own_stall(code)
    view = live_view(read_session(), stall.id)
    return render_template("payments/live.html", stall=stall, view=view, silence_ms=SILENCE_MS)


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
    return streams.stream(stall_by_code(read_session(), code), ScreenEvents())


@bp.get("/<code>/code")
@requires(Permission.PAYMENT_READ)
def my_code(code: str) -> str:
    """The stall's code, to be scanned from this screen, and its card as a file."""
    stall = own_stall(code)
    found = code_in_force(stall)
    sheet = sheet_of(found, found.payload) if found else None
    return render_template("payments/code.html", stall=stall, sheet=sheet)
