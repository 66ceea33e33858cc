"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

import core.audit.models  # noqa: F401 - its table
from core import migrations
from core.audit import labels as audit_labels
from core.container import CoreContainer
from core.database import close_read_session
from core.floor import FactGroup, Floor, NavigationEntry
from core.jobs import cli as jobs_cli
from core.jobs import jobs as jobs_jobs
from core.permissions.roles import Permission
from core.system import background, facts
from core.system import pages as system_pages
from core.users import cli as users_cli
from core.users import identity
from core.users import jobs as users_jobs
from core.users import pages as users_pages
from core.web import (
    assets,
    converters,
    docs,
    health,
    i18n,
    idempotency,
    logs,
    navigation,
    nul_characters,
    pages,
    problems,
    query_bytes,
    security,
)
from core.web import jobs as web_jobs
from core.web.api import Blueprint

FLOOR = Floor(
    actions=audit_labels.OF_USERS,
    navigation=(
        NavigationEntry(_("Users"), "users.index", Permission.USERS_MANAGE),
        NavigationEntry(_("System"), "system.show", Permission.SYSTEM_READ),
    ),
    facts=(
        FactGroup(_("What it runs on"), facts.of_installation),
        FactGroup(_("People"), facts.of_people),
        FactGroup(_("Work in the background"), background.of_jobs),
    ),
    jobs={**jobs_jobs.KINDS, **users_jobs.KINDS, **web_jobs.KINDS},
    timetable=(*jobs_jobs.TIMETABLE, *users_jobs.TIMETABLE, *web_jobs.TIMETABLE),
)


def init_app(app: Flask) -> list[Blueprint]:
    """Set up the ground; it has no group of the API."""
    settings = CoreContainer.of(app).settings
    logs.configure(settings.log_level, quote_errors=settings.env != "production")
    app.teardown_appcontext(close_read_session)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    converters.init_app(app)
    logs.init_app(app)
    problems.init_app(app)
    query_bytes.init_app(app)
    nul_characters.init_app(app)
    security.init_app(app, tls=settings.secure_cookies)
    i18n.init_app(app)
    assets.init_app(app)
    identity.init_app(app)
    navigation.init_app(app)
    idempotency.init_app(app)
    app.jinja_env.globals["settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for blueprint in (pages.bp, users_pages.bp, system_pages.bp, health.bp, docs.bp):
        app.register_blueprint(blueprint)
    for group in (migrations.cli, users_cli.users, users_cli.tokens, jobs_cli.cli):
        app.cli.add_command(group)
    return []
