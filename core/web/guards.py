"""Who may open a view. Who is asking is found by `core.users.identity`, which the container holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.container import CoreContainer
from core.errors import Unauthenticated
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from core.web.problems import for_program

P = ParamSpec("P")
R = TypeVar("R")

#: What somebody may open who still has a password that another person knows.
PASSWORD_VIEWS = frozenset({"users.change_password", "users.save_password"})


def init_app(app: Flask) -> None:
    """Offer `current_user` to templates."""
    app.context_processor(lambda: {"current_user": current_principal() if current_principal().signed_in else None})


def current_principal() -> Principal:
    """Who is asking; `NOBODY` when nobody is signed in. Found once a request."""
    if "principal" not in g:
        g.principal = CoreContainer.current().identify()
    principal: Principal = g.principal
    return principal


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

        return _note_permissions(guarded, permissions)

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

    return _note_permissions(guarded, ())


def _note_permissions(view: Callable[P, R], permissions: tuple[Permission | str, ...]) -> Callable[P, R]:
    """Note on the view what it asks for, where the API's description finds it."""
    noted = {**getattr(view, "_apidoc", {}), "permissions": [str(permission) for permission in permissions]}
    view._apidoc = noted  # type: ignore[attr-defined]  # noqa: SLF001 - flask-smorest looks here
    return view


def _ask_for_new_password() -> Response:
    flash(_("First choose a password of your own."), "look")
    return redirect(url_for("users.change_password"), 303)


def _ask_to_sign_in() -> Response:
    if for_program() or request.method not in {"GET", "HEAD"}:
        raise Unauthenticated
    flash(_("Please sign in first."), "look")
    return redirect(url_for("users.sign_in", next=request.full_path.rstrip("?")))
