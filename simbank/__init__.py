"""The simulated bank: another company's product, with its own database, reached over HTTP only."""

import random
import time

from flask import Flask

from . import api, demo, pages, web
from .app import EXTENSION, Simbank
from .clock import Clock, SystemClock
from .database import Database, SchemaError
from .delivery import Courier, Sender, WebhookSender
from .faults import api as faults_api
from .faults import pages as faults_pages
from .faults.calls import LateAnswers, Wait
from .faults.outgoing import DueReversals, FaultyOutbox
from .faults.plan import FaultPlan
from .faults.sending import FaultySender
from .limits import BODY_MAX_BYTES
from .numbers import NumberSource
from .returns import Returns
from .services import Bank
from .settings import SettingsError, SimbankSettings

__all__ = ["SchemaError", "SettingsError", "Simbank", "SimbankSettings", "create_app"]


def create_app(
    settings: SimbankSettings,
    *,
    clock: Clock | None = None,
    numbers: NumberSource | None = None,
    sender: Sender | None = None,
    rng: random.Random | None = None,
    wait: Wait = time.sleep,
    background: bool = True,
) -> Flask:
    """Return the bank as a WSGI application; its database is made and has its demo customers.

    `app.extensions["simbank"]` is the `Simbank`, whose `start()` and `stop()` govern delivery.
    Serving a request starts it too, unless `background` is off: then `courier.step()` is the
    caller's, `rng` spreads the waits of what failed, and `wait` stands in for the time that an
    answer is kept back. Raises SchemaError when the database is of a version that is not known.
    """
    bank = _assemble(settings, clock or SystemClock(), numbers or NumberSource(), sender, rng or random.SystemRandom())
    bank.database.prepare()
    bank.faults.prepare()
    demo.seed(bank.bank)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="simbank_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=BODY_MAX_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_MAX_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = bank
    web.install(app)
    app.register_blueprint(api.health)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(faults_api.blueprint)
    app.register_blueprint(faults_pages.blueprint)
    app.wsgi_app = LateAnswers(app.wsgi_app, wait)  # type: ignore[method-assign]
    if background:
        # Not at creation: commands create the application too, and a server may fork after it.
        app.before_request(bank.start)
    return app


def _assemble(
    settings: SimbankSettings, clock: Clock, numbers: NumberSource, sender: Sender | None, rng: random.Random
) -> Simbank:
    database = Database(settings.database_url)
    faults = FaultPlan(database=database, clock=clock)
    returns = Returns(database=database, clock=clock, numbers=numbers)
    if sender is None and settings.webhook_url:
        sender = WebhookSender(settings.webhook_url, settings.webhook_secret, settings.delivery_timeout_s, clock)
    courier = None
    if sender is not None:
        outbox = FaultyOutbox(
            database=database,
            clock=clock,
            numbers=numbers,
            lease_s=settings.lease_s,
            batch=settings.delivery_batch,
            rng=rng,
            plan=faults,
        )
        errands = [DueReversals(database=database, returns=returns, plan=faults)]
        courier = Courier(outbox, FaultySender(sender, faults), settings.delivery_poll_s, errands)
    bank = Bank(
        database=database,
        clock=clock,
        numbers=numbers,
        transfer_limit_vnd=settings.transfer_limit_vnd,
        daily_limit_vnd=settings.daily_limit_vnd,
    )
    if courier is not None:
        bank.on_credit = returns.on_reversal = courier.wake
    return Simbank(settings, clock, database, bank, returns, faults, courier)
