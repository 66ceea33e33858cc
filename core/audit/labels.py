"""What changes are called; each floor names its own actions when the application is wired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Flask, current_app
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from core.audit.differences import differences

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
    """Name the ground's own actions, and give templates the filters `action_name` and `differences`."""
    name_actions(app, OF_USERS)
    app.jinja_env.filters.update(
        action_name=lambda action: str(action_names().get(action, action)), differences=differences
    )


def name_actions(app: Flask, names: Mapping[str, LazyString]) -> None:
    """Say what actions are called, like {"stall.close": _("stall closed")}."""
    app.extensions.setdefault("action_names", {}).update(names)


def action_names() -> dict[str, LazyString]:
    """Every action that has a name."""
    names: dict[str, LazyString] = current_app.extensions.get("action_names", {})
    return names
