"""Changes in words for people, on whatever page they are listed; each floor names its own actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from core.audit.differences import Difference, differences
from core.audit.models import AuditEntry
from core.container import CoreContainer
from core.errors import Words

OF_USERS: Final[dict[str, LazyString]] = {
    "user.open": _("user added"),
    "user.disable": _("user disabled"),
    "user.enable": _("user enabled again"),
    "user.password": _("password set"),
    "grant.give": _("role given"),
    "grant.end": _("role taken away"),
    "token.issue": _("token issued"),
    "token.end": _("token ended"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the audit trail as a person reads it, on whatever page; `subject` is what was changed, by its id."""

    at: datetime
    who: Words
    what: Words
    subject: str
    reason: str | None
    differences: Sequence[Difference]


def describe_change(entry: AuditEntry, differ: Callable[[AuditEntry], Sequence[Difference]] = differences) -> Change:
    """An entry for reading; `differ` lays out its before and after, for a page that has words of its own for these."""
    return Change(
        at=entry.at,
        who=entry.actor_name if entry.user_id else _("a command on the server"),
        what=action_names().get(entry.action, entry.action),
        subject=f"{entry.subject_type} {entry.subject_id}",
        reason=entry.reason,
        differences=differ(entry),
    )


def action_names() -> dict[str, Words]:
    """Every action that has a name."""
    return {action: name for floor in CoreContainer.current().floors for action, name in floor.actions.items()}
