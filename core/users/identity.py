"""Who is asking: a session for pages, a bearer token for the API. Flask-Login is used here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, g, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as _current_user
from sqlalchemy.orm import Session

from core.database import read_session
from core.errors import Unauthenticated
from core.permissions.principal import NOBODY, Principal
from core.users import queries, services
from core.users.models import User
from core.users.services import Proven
from core.web import guards
from core.web.problems import for_program

_login = LoginManager()


class _SessionUser(UserMixin):
    """What Flask-Login keeps in the cookie: the secret of a `SignIn`."""

    def __init__(self, user: User, secret: str) -> None:
        self.user = user
        self.secret = secret

    def get_id(self) -> str:
        return self.secret


def init_app(app: Flask) -> None:
    """Load the user of a session, and offer `current_user` to templates."""
    # Phones change their address all day, which Flask-Login would take for a theft.
    app.config["SESSION_PROTECTION"] = None
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.permanent_session_lifetime = services.SESSION_OF_VENDOR
    # Its own context processor would ask the database on behalf of every page, the one about its absence included.
    _login.init_app(app, add_context_processor=False)
    guards.init_app(app)


@_login.user_loader
def _load(secret: str) -> _SessionUser | None:
    user = queries.find_by_session(read_session(), secret)
    return _SessionUser(user, secret) if user is not None else None


def start_session(proven: Proven) -> bool:
    """Sign the user in on this browser, in a session that holds nothing from before.

    False when the password was changed or the user disabled since the password was checked.
    """
    started = services.start_session(proven)
    if started is None:
        return False
    secret, lasting = started
    session.clear()
    # Vendors stay signed in on their own phone; everybody else's cookie goes with the browser.
    session.permanent = lasting
    login_user(_SessionUser(proven.user, secret))
    g.pop("principal", None)
    return True


def end_session() -> None:
    """Sign out on this browser, and wherever a copy of its cookie is."""
    user = _current_user
    if user.is_authenticated:
        services.end_session(user.secret)
    logout_user()
    session.clear()
    g.pop("principal", None)


def identify() -> Principal:
    """Who is asking; `NOBODY` when nobody is signed in. `core.web.guards` asks once a request."""
    return _from_token() if for_program() else _from_session()


def _from_token() -> Principal:
    if not request.headers.get("Authorization"):
        return NOBODY
    user = queries.find_by_token(read_session(), _bearer())
    if user is None:
        raise Unauthenticated(_("The token is not valid. Ask the operator for a new one."))
    return queries.principal_of(user)


def _bearer() -> str:
    """The secret of the bearer token that came; empty, which no token's is, where none did."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _from_session() -> Principal:
    user = _current_user
    return queries.principal_of(user.user) if user.is_authenticated else NOBODY


def asking_still() -> Callable[[Session], Principal]:
    """Finds anew who is asking now, long after the request if need be; `NOBODY` once that was ended."""
    secret = _bearer() if for_program() else getattr(_current_user, "secret", "")
    find = queries.find_by_token if for_program() else queries.find_by_session

    def still(session: Session) -> Principal:
        user = find(session, secret)
        return queries.principal_of(user) if user is not None else NOBODY

    return still
