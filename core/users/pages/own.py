"""Signing in and out, and one's own password."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.errors import InvalidInput, TooManyRequests
from core.users import services, usernames
from core.users.identity import end_session, start_session
from core.users.pages.blueprint import bp
from core.web.forms import Form
from core.web.guards import current_principal, signed_in
from core.web.navigation import landing_url
from core.web.redirects import safe_next
from core.web.services import throttle

USERNAME_MAX_LENGTH = 80


@bp.get("/sign-in")
def sign_in() -> str | Response:
    """The form to sign in."""
    if current_principal().signed_in:
        return redirect(safe_next() or landing_url(), 303)
    return _sign_in_page(Form())


@bp.post("/sign-in")
def sign_in_with_password() -> tuple[str, int] | tuple[str, int, dict[str, str]] | Response:
    """Sign in; only wrong tries count, by name and by address."""
    form = Form({"username": request.form.get("username", "")[:USERNAME_MAX_LENGTH]})
    name, address = usernames.compact(form.value("username")), throttle.address_key(request.remote_addr)
    tries = {
        throttle.SIGN_IN_BY_ADDRESS: address,
        throttle.SIGN_IN_BY_NAME: name,
        throttle.SIGN_IN_BY_NAME_AND_ADDRESS: f"{name} {address}",
    }
    try:
        throttle.take_each(tries)
    except TooManyRequests as error:
        form.refuse({"_form": [str(error.detail)]})
        return _sign_in_page(form), error.status, error.headers
    proven = services.sign_in(name, request.form.get("password", ""))
    if proven is None or not start_session(proven):
        form.refuse({"password": [_("Name or password is not right. Check both and try again.")]})
        return _sign_in_page(form), 422
    throttle.give_back(tries)
    return redirect(safe_next() or landing_url(), 303)


def _sign_in_page(form: Form) -> str:
    return render_template("core/sign_in.html", form=form, next=safe_next())


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session on this browser."""
    end_session()
    flash(_("You are signed out."), "done")
    return redirect(url_for("core.home"), 303)


@bp.get("/password")
@signed_in
def change_password() -> str:
    """The form for a new password of one's own."""
    return render_template("core/password.html", form=Form())


@bp.post("/password")
@signed_in
def save_password() -> tuple[str, int] | tuple[str, int, dict[str, str]] | Response:
    """Set one's own password; asks for the old one first, for the page may lie open on a counter."""
    principal = current_principal()
    tries = {throttle.PASSWORD_CHANGE: str(principal.user_id)}
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    form = Form()
    try:
        throttle.take_each(tries)
        services.change_own_password(principal, old, new, again)
    except TooManyRequests as error:
        form.refuse({"_form": [str(error.detail)]})
        return render_template("core/password.html", form=form), error.status, error.headers
    except InvalidInput as error:
        form.refuse(error.errors)
        return render_template("core/password.html", form=form), 422
    throttle.give_back(tries)
    end_session()
    flash(_("Your password was changed, and you are signed out everywhere. Please sign in with the new one."), "done")
    return redirect(url_for("users.sign_in"), 303)
