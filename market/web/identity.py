"""Who is asking: a session for pages, a bearer token for the API. Flask-Login is used here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, flash, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as _current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from market.database import read_session
from market.errors import Unauthenticated
from market.people import queries, services
from market.people.models import Account
from market.people.permissions import Permission
from market.people.principal import NOBODY, Principal
from market.web.problems import for_program

P = ParamSpec("P")
R = TypeVar("R")

#: What somebody may open who still has a password that another person knows.
PASSWORD_VIEWS = frozenset({"people.change_password", "people.save_password"})

_login = LoginManager()


class _SessionUser(UserMixin):
    """What Flask-Login keeps in the cookie: the secret of a `SignIn`."""

    def __init__(self, account: Account, secret: str) -> None:
        self.account = account
        self.secret = secret

    def get_id(self) -> str:
        return self.secret


def init_app(app: Flask) -> None:
    """Load the account of a session, and offer `current_account` to templates."""
    # Phones change their address all day, which Flask-Login would take for a theft.
    app.config["SESSION_PROTECTION"] = None
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.permanent_session_lifetime = services.SESSION_OF_VENDOR
    # Its own context processor would ask the database on behalf of every page, the one about its absence included.
    _login.init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"current_account": current_principal() if current_principal().signed_in else None})


@_login.user_loader
def _load(secret: str) -> _SessionUser | None:
    account = queries.find_by_session(read_session(), secret)
    return _SessionUser(account, secret) if account is not None else None


def start_session(account: Account) -> None:
    """Sign the account in on this browser, in a session that holds nothing from before."""
    secret, lasting = services.start_session(account.id)
    session.clear()
    # Vendors stay signed in on their own phone; everybody else's cookie goes with the browser.
    session.permanent = lasting
    login_user(_SessionUser(account, secret))
    g.pop("principal", None)


def end_session() -> None:
    """Sign out on this browser, and wherever a copy of its cookie is."""
    user = _current_user
    if user.is_authenticated:
        services.end_session(user.secret)
    logout_user()
    session.clear()
    g.pop("principal", None)


def current_principal() -> Principal:
    """Who is asking; `NOBODY` when nobody is signed in. Found once a request."""
    if "principal" not in g:
        g.principal = _from_token() if for_program() else _from_session()
    principal: Principal = g.principal
    return principal


def _from_token() -> Principal:
    if not request.headers.get("Authorization"):
        return NOBODY
    account = queries.find_by_token(read_session(), _bearer())
    if account is None:
        raise Unauthenticated(_("The token is not valid. Ask the operator for a new one."))
    return queries.principal_of(account)


def _bearer() -> str:
    """The secret of the bearer token that came; empty, which no token's is, where none did."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _from_session() -> Principal:
    user = _current_user
    return queries.principal_of(user.account) if user.is_authenticated else NOBODY


def asking_still() -> Callable[[Session], Principal]:
    """Finds anew who is asking now, long after the request if need be; `NOBODY` once that was ended."""
    secret = _bearer() if for_program() else getattr(_current_user, "secret", "")
    find = queries.find_by_token if for_program() else queries.find_by_session

    def still(session: Session) -> Principal:
        account = find(session, secret)
        return queries.principal_of(account) if account is not None else NOBODY

    return still


def requires(*permissions: Permission | str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let a view in only to those who may do one of these somewhere; the view checks the place."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            principal = current_principal()
            if not principal.signed_in:
                return _ask_to_sign_in()
            if principal.must_change_password and not for_program():
                return _ask_for_new_password()
            if not any(principal.may(permission) for permission in permissions):
                principal.require(Permission(permissions[0]))
            return view(*args, **kwargs)

        return _described(guarded, permissions)

    return decorate


def signed_in(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let a view in to anybody who is signed in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        principal = current_principal()
        if not principal.signed_in:
            return _ask_to_sign_in()
        if principal.must_change_password and not for_program() and request.endpoint not in PASSWORD_VIEWS:
            return _ask_for_new_password()
        return view(*args, **kwargs)

    return _described(guarded, ())


def _described(view: Callable[P, R], permissions: tuple[Permission | str, ...]) -> Callable[P, R]:
    """Note on the view what it asks for, where the API's description finds it."""
    noted = {**getattr(view, "_apidoc", {}), "permissions": [str(permission) for permission in permissions]}
    view._apidoc = noted  # type: ignore[attr-defined]  # noqa: SLF001 - flask-smorest looks here
    return view


def _ask_for_new_password() -> Response:
    flash(_("First choose a password of your own."), "look")
    return redirect(url_for("people.change_password"), 303)


def _ask_to_sign_in() -> Response:
    if for_program() or request.method not in {"GET", "HEAD"}:
        raise Unauthenticated
    flash(_("Please sign in first."), "look")
    return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
