"""What changes are called; each floor names its own actions."""

from __future__ import annotations

from typing import Final

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from core.audit.differences import differences
from core.container import CoreContainer
from core.errors import Words

OF_USERS: Final[dict[str, LazyString]] = {
    "user.open": _("account opened"),
    "user.disable": _("account closed"),
    "user.enable": _("account opened again"),
    "user.password": _("password set"),
    "grant.give": _("role given"),
    "grant.end": _("role taken away"),
    "token.issue": _("token issued"),
    "token.end": _("token ended"),
}


def init_app(app: Flask) -> None:
    """Give templates the filters `action_name` and `differences`."""
    app.jinja_env.filters.update(action_name=_action_name, differences=differences)


def action_names() -> dict[str, Words]:
    """Every action that has a name."""
    return {action: name for floor in CoreContainer.current().floors for action, name in floor.actions.items()}


def _action_name(action: str) -> str:
    return str(action_names().get(action, action))
