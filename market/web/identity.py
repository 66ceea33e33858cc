"""Who is asking: a session for pages, a bearer token for the API. Flask-Login is used here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as _current_user
from werkzeug.wrappers import Response

from market.database import read_session
from market.errors import Unauthenticated
from market.people import queries
from market.people.models import Account
from market.people.permissions import Permission
from market.people.principal import NOBODY, Principal
from market.web.problems import for_program

P = ParamSpec("P")
R = TypeVar("R")

_login = LoginManager()


class _SessionUser(UserMixin):  # type: ignore[misc] - the library ships no types
    """What Flask-Login keeps: the account's id with its epoch, so that a new password ends old sessions."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.id}.{self.account.session_epoch}"


def init_app(app: Flask) -> None:
    """Load the account of a session, and offer `current_account` to templates."""
    _login.init_app(app)
    app.context_processor(lambda: {"current_account": current_principal() if current_principal().signed_in else None})


@_login.user_loader  # type: ignore[untyped-decorator]
def _load(session_id: str) -> _SessionUser | None:
    account_id, _dot, epoch = session_id.partition(".")
    account = queries.find_account(read_session(), int(account_id))
    return _SessionUser(account) if account is not None and str(account.session_epoch) == epoch else None


def start_session(account: Account) -> None:
    """Sign the account in on this browser."""
    login_user(_SessionUser(account))
    g.pop("principal", None)


def end_session() -> None:
    """Sign out on this browser."""
    logout_user()
    g.pop("principal", None)


def current_principal() -> Principal:
    """Who is asking; `NOBODY` when nobody is signed in. Found once a request."""
    if "principal" not in g:
        g.principal = _from_token() if for_program() else _from_session()
    principal: Principal = g.principal
    return principal


def _from_token() -> Principal:
    header = request.headers.get("Authorization", "")
    scheme, _space, secret = header.partition(" ")
    if not header:
        return NOBODY
    account = queries.find_by_token(read_session(), secret.strip()) if scheme.lower() == "bearer" else None
    if account is None:
        raise Unauthenticated(_("The token is not valid. Ask the operator for a new one."))
    return queries.principal_of(account)


def _from_session() -> Principal:
    user = _current_user
    return queries.principal_of(user.account) if user.is_authenticated else NOBODY


def requires(*permissions: Permission | str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let a view in only to those who may do one of these somewhere; the view checks the place."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            principal = current_principal()
            if not principal.signed_in:
                return _ask_to_sign_in()
            if principal.must_change_password and not for_program():
                return redirect(url_for("people.change_password"))
            if not any(principal.may(permission) for permission in permissions):
                principal.require(Permission(permissions[0]))
            return view(*args, **kwargs)

        return guarded

    return decorate


def signed_in(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let a view in to anybody who is signed in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        return view(*args, **kwargs) if current_principal().signed_in else _ask_to_sign_in()

    return guarded


def _ask_to_sign_in() -> Response:
    if for_program() or request.method != "GET":
        raise Unauthenticated
    flash(_("Please sign in first."), "look")
    return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
