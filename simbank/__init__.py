"""The simulated bank: another company's product, with its own database, reached over HTTP only."""

from flask import Flask

from . import api, demo, pages, web
from .app import EXTENSION, Simbank
from .clock import Clock, SystemClock
from .database import Database, SchemaError
from .delivery import Courier, Sender, WebhookSender
from .limits import BODY_MAX_BYTES
from .numbers import NumberSource
from .outbox import Outbox
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
) -> Flask:
    """Return the bank as a WSGI application; its database is made and has its demo customers.

    `app.extensions["simbank"]` is the `Simbank`, whose `start()` and `stop()` govern delivery.
    Serving a request starts it too. Raises SchemaError when the database is another version's.
    """
    bank = _assemble(settings, clock or SystemClock(), numbers or NumberSource(), sender)
    bank.database.prepare()
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
    # Not at creation: commands create the application too, and a server may fork after it.
    app.before_request(bank.start)
    return app


def _assemble(settings: SimbankSettings, clock: Clock, numbers: NumberSource, sender: Sender | None) -> Simbank:
    database = Database(settings.database_url)
    if sender is None and settings.webhook_url:
        sender = WebhookSender(settings.webhook_url, settings.webhook_secret, settings.delivery_timeout_s, clock)
    courier = None
    if sender is not None:
        outbox = Outbox(
            database=database,
            clock=clock,
            numbers=numbers,
            lease_s=settings.lease_s,
            batch=settings.delivery_batch,
        )
        courier = Courier(outbox, sender, settings.delivery_poll_s)
    bank = Bank(
        database=database,
        clock=clock,
        numbers=numbers,
        transfer_limit_vnd=settings.transfer_limit_vnd,
        daily_limit_vnd=settings.daily_limit_vnd,
    )
    returns = Returns(database=database, clock=clock, numbers=numbers)
    if courier is not None:
        bank.on_credit = returns.on_reversal = courier.wake
    return Simbank(settings, clock, database, bank, returns, courier)
