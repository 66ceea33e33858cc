"""The composition root: `create_app(settings)` builds the container and wires the packages, and nothing else.

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
from core.engine import Database
from core.settings import PROJECT_ROOT, Settings, load_settings
from core.users.identity import identify
from core.web import api
from market.areas.queries import level_of_area
from payments.gateways.registry import issuer_of, open_gateways
from payments.live.container import Bounds, LiveContainer
from payments.live.hub import Hub
from payments.recording.recorder import Recorder
from payments.requests.queries import find_one_time

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: A notification carries at most 1,000 credits in 1 MiB; no other request comes near.
MAX_CONTENT_LENGTH = 1_100_000
#: Connections per process: one for each thread that may be busy at once, within what a server allows.
POOL_SIZE = 20

FLOORS = (core.wiring.FLOOR, market.wiring.FLOOR, vendors.wiring.FLOOR, payments.wiring.FLOOR, adoption.wiring.FLOOR)


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
    make_container(settings).install(app)
    blueprints: list[api.Blueprint] = []
    for package in (core.wiring, market.wiring, vendors.wiring, payments.wiring, adoption.wiring, demo.wiring):
        blueprints += package.init_app(app)
    api.init_app(app, blueprints)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def make_container(settings: Settings) -> LiveContainer:
    """The parts of one application."""
    database = Database(settings.database_url, pool_size=POOL_SIZE)
    gateways = open_gateways(settings)
    recorder = Recorder(database)
    return LiveContainer(
        settings=settings,
        database=database,
        floors=FLOORS,
        identify=identify,
        find_level=level_of_area,
        issuer=issuer_of(gateways),
        find_one_time=find_one_time,
        gateways=gateways,
        recorder=recorder,
        hub=Hub(database, recorder),
        streams=Bounds(settings.stream_limit),
    )


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
