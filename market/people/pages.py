"""Pages about people: signing in and out, one's own password, and for operators the accounts and their grants."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from market.errors import InvalidInput, TooManyRequests
from market.people import services, throttle
from market.web.forms import Form
from market.web.identity import current_principal, end_session, signed_in, start_session
from market.web.redirects import safe_next

bp = Blueprint("people", __name__)


@bp.get("/sign-in")
def sign_in() -> str | Response:
    """The form to sign in."""
    if current_principal().signed_in:
        return redirect(safe_next() or url_for("market.home"), 303)
    return render_template("market/sign_in.html", form=Form(), next=safe_next())


@bp.post("/sign-in")
def sign_in_with_password() -> tuple[str, int] | Response:
    """Sign in; each name and each address has a bucket of tries."""
    form = Form({"username": request.form.get("username", "")})
    try:
        throttle.take(throttle.SIGN_IN_BY_ADDRESS, request.remote_addr or "")
        throttle.take(throttle.SIGN_IN_BY_NAME, form.value("username").strip().lower())
    except TooManyRequests as error:
        form.refuse({"username": [str(error.detail)]})
        return render_template("market/sign_in.html", form=form, next=safe_next()), 429
    account = services.sign_in(form.value("username"), request.form.get("password", ""))
    if account is None:
        form.refuse({"password": [_("Name or password is not right. Check both and try again.")]})
        return render_template("market/sign_in.html", form=form, next=safe_next()), 422
    start_session(account)
    return redirect(safe_next() or url_for("market.home"), 303)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session on this browser."""
    end_session()
    flash(_("You are signed out."), "done")
    return redirect(url_for("market.home"), 303)


@bp.get("/password")
@signed_in
def change_password() -> str:
    """The form for a new password of one's own."""
    return render_template("market/password.html", form=Form())


@bp.post("/password")
@signed_in
def save_password() -> str | tuple[str, int] | Response:
    """Set one's own password; asks for the old one first."""
    form = Form()
    principal = current_principal()
    assert principal.account_id is not None
    try:
        services.change_own_password(principal, request.form.get("old", ""), request.form.get("new", ""))
    except InvalidInput as error:
        form.refuse(error.errors)
        return render_template("market/password.html", form=form), 422
    end_session()
    flash(_("Your password was changed. Please sign in with the new one."), "done")
    return redirect(url_for("people.sign_in"), 303)
