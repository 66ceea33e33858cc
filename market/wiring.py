"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

import market.audit.models  # noqa: F401 - its table
from market import migrations, pages
from market.areas import api as areas_api
from market.areas import cli as areas_cli
from market.areas.queries import find_area_id, name_areas
from market.audit import words as audit_words
from market.database import Database, close_read_session
from market.markets import api as markets_api
from market.markets import cli as markets_cli
from market.markets.queries import find_market_id, name_markets
from market.people import cli as people_cli
from market.people import pages as people_pages
from market.people.permissions import Permission, Scope
from market.people.targets import register_finder, register_namer
from market.settings import Settings
from market.system import facts
from market.system import pages as system_pages
from market.web import (
    assets,
    converters,
    docs,
    health,
    hygiene,
    i18n,
    idempotency,
    identity,
    logs,
    navigation,
    problems,
    security,
)
from market.web.api import Blueprint

#: Connections per process: one for each thread that may be busy at once, within what a server allows.
POOL_SIZE = 20


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:
    """Set up the ground; gives the API's groups."""
    logs.configure(settings.log_level, quote_errors=settings.env != "production")
    app.extensions["database"] = Database(settings.database_url, pool_size=POOL_SIZE)
    app.teardown_appcontext(close_read_session)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    converters.init_app(app)
    logs.init_app(app)
    problems.init_app(app)
    hygiene.init_app(app)
    security.init_app(app, tls=settings.secure_cookies)
    i18n.init_app(app)
    assets.init_app(app)
    identity.init_app(app)
    navigation.init_app(app)
    idempotency.init_app(app)
    app.jinja_env.globals["settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    register_finder(app, Scope.AREA, find_area_id)
    register_finder(app, Scope.MARKET, find_market_id)
    register_namer(app, Scope.AREA, name_areas)
    register_namer(app, Scope.MARKET, name_markets)
    audit_words.init_app(app)
    facts.init_app(app)
    navigation.add(app, _("Accounts"), "people.index", Permission.PEOPLE_MANAGE)
    navigation.add(app, _("System"), "system.show", Permission.SYSTEM_READ)
    for blueprint in (pages.bp, people_pages.bp, system_pages.bp, health.bp, docs.bp):
        app.register_blueprint(blueprint)
    for group in (migrations.cli, areas_cli.cli, markets_cli.cli, people_cli.accounts, people_cli.tokens):
        app.cli.add_command(group)
    return [areas_api.bp, markets_api.bp]
