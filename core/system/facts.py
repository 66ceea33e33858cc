"""What the system page shows an operator: groups of facts, of which each floor declares its own."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.audit.models import AuditEntry
from core.container import CoreContainer
from core.database import database
from core.floor import GOOD, LOOK, PLAIN, TROUBLE, Fact
from core.migrations import expected_revision, schema_revision
from core.users.models import SignIn, Token, User
from core.web.i18n import integer, moment

INSTALLATIONS = {
    "demo": _("demo, with synthetic data"),
    "development": _("development"),
    "production": _("production"),
}


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group with its facts, as they were read."""

    title: str
    facts: list[Fact]


def read_groups(session: Session) -> list[GroupShown]:
    """Every floor's groups with their facts, in the order of the floors."""
    groups = (group for floor in CoreContainer.current().floors for group in floor.facts)
    return [GroupShown(str(group.title), list(group.read(session))) for group in groups]


def of_installation(session: Session) -> Iterable[Fact]:
    """What it runs on."""
    settings = CoreContainer.current().settings
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


def of_people(session: Session) -> Iterable[Fact]:
    """How many users are active and how many signed in, and how many changes were made."""
    now = clock.now()
    signed_in = select(SignIn.user_id).where(SignIn.ended_at.is_(None), SignIn.expires_at > now).distinct()
    counted = (
        (_("Active users"), select(User.id).where(User.disabled_at.is_(None))),
        (_("Users signed in"), signed_in),
        (_("Bearer tokens in use"), select(Token.id).where(Token.ended_at.is_(None))),
        (_("Changes in the trail"), select(AuditEntry.id)),
    )
    for term, rows in counted:
        yield Fact(term, integer(session.scalar(select(func.count()).select_from(rows.subquery())) or 0))
