"""The composition root: `create_app(settings)` wires the packages, and nothing else.

`create_application` makes what a WSGI server serves: in demo mode the simulated bank is mounted beside it under
/simbank/. `flask --app wsgi` finds `create_app` by its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import adoption.wiring
import core.wiring
import demo.wiring
import market.wiring
import payments.wiring
import vendors.wiring
from core.settings import PROJECT_ROOT, Settings, load_settings
from core.web import api

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: A notification carries at most 1,000 credits in 1 MiB; no other request comes near.
MAX_CONTENT_LENGTH = 1_100_000


def create_app(settings: Settings | None = None) -> Flask:
    """The application, wired from settings (by default those of the environment). Raises `SettingsError`."""
    settings = settings or load_settings()
    app = Flask(
        "cho40",
        root_path=str(PROJECT_ROOT),
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_CONTENT_LENGTH,
        # Browsers take a __Host- cookie from this host alone, never from a neighbour in its domain.
        SESSION_COOKIE_NAME="__Host-cho40_session" if settings.secure_cookies else "cho40_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["settings"] = settings
    blueprints: list[api.Blueprint] = []
    for package in (core.wiring, market.wiring, vendors.wiring, payments.wiring, adoption.wiring, demo.wiring):
        blueprints += package.init_app(app, settings)
    api.init_app(app, blueprints)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def create_application(settings: Settings | None = None) -> WSGIApplication:
    """What is served: the application, with the simulated bank beside it in demo mode."""
    settings = settings or load_settings()
    app = create_app(settings)
    if not settings.demo:
        return app
    from simbank import SimbankSettings  # noqa: PLC0415 - the demo's mount; nothing else of ours imports it
    from simbank import create_app as create_simbank  # noqa: PLC0415

    bank = create_simbank(SimbankSettings.for_demo(settings))
    # Credits that waited when the process ended go out now, not when somebody next opens the bank.
    bank.extensions["simbank"].start()
    return DispatcherMiddleware(app, {"/simbank": bank})
