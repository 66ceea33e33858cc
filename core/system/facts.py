"""What an operator is told about the system: groups of facts, of which each floor adds its own."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask, current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.audit.models import AuditEntry
from core.database import database
from core.errors import Words
from core.migrations import expected_revision, schema_revision
from core.settings import Settings
from core.users.models import SignIn, Token, User
from core.web.i18n import integer, moment

#: Kinds of a fact, as the components draw them: good, look, trouble, or plain.
PLAIN, GOOD, LOOK, TROUBLE = "", "good", "look", "trouble"

INSTALLATIONS = {
    "demo": _("demo, with synthetic data"),
    "development": _("development"),
    "production": _("production"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what it is; `kind` says whether somebody should look."""

    term: Words
    value: Words
    kind: str = PLAIN


#: Gives a group's facts, read when the page is asked for.
Teller = Callable[[Session], Iterable[Fact]]


@dataclass(frozen=True, slots=True)
class _Group:
    title: Words
    tell: Teller


@dataclass(frozen=True, slots=True)
class Told:
    """A group with its facts."""

    title: str
    facts: list[Fact]


def add(app: Flask, title: Words, tell: Teller) -> None:
    """Add a group to the operator's page, below those that were added before."""
    app.extensions.setdefault("system_facts", []).append(_Group(title, tell))


def init_app(app: Flask) -> None:
    """Add the ground's own groups."""
    add(app, _("What it runs on"), _installation)
    add(app, _("People"), _counts)


def tell_all(session: Session) -> list[Told]:
    """Every group with its facts."""
    groups: list[_Group] = current_app.extensions.get("system_facts", [])
    return [Told(str(group.title), list(group.tell(session))) for group in groups]


def _installation(session: Session) -> Iterable[Fact]:
    settings: Settings = current_app.extensions["settings"]
    real = settings.env == "production"
    yield Fact(_("Kind of installation"), INSTALLATIONS[settings.env], PLAIN if real else LOOK)
    yield Fact(_("Public address"), settings.public_url)
    yield Fact(_("Database"), _database_in_words(session))
    found, expected = schema_revision(session), expected_revision()
    yield Fact(_("Schema"), found or "–", GOOD if found == expected else TROUBLE)
    yield Fact(_("Gateways"), ", ".join(settings.gateways) or _("none set up"))
    yield Fact(_("Python"), platform.python_version())
    yield Fact(_("Time here"), moment(clock.now()))


def _database_in_words(session: Session) -> str:
    if database().is_sqlite:
        return f"SQLite {session.scalar(text('SELECT sqlite_version()'))}"
    return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def _counts(session: Session) -> Iterable[Fact]:
    now = clock.now()
    signed_in = select(SignIn.user_id).where(SignIn.ended_at.is_(None), SignIn.expires_at > now).distinct()
    counted = (
        (_("Open accounts"), select(User.id).where(User.disabled_at.is_(None))),
        (_("Accounts signed in"), signed_in),
        (_("Bearer tokens in use"), select(Token.id).where(Token.ended_at.is_(None))),
        (_("Changes in the trail"), select(AuditEntry.id)),
    )
    for term, rows in counted:
        yield Fact(term, integer(session.scalar(select(func.count()).select_from(rows.subquery())) or 0))
