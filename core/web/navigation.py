"""The links at the head of a page: those that the reader may follow, in the order of the floors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from core.permissions.roles import Permission
from core.web.guards import current_principal


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the navigation."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    label: Any
    endpoint: str
    permission: Permission


def add(app: Flask, label: Any, endpoint: str, permission: Permission) -> None:
    """Offer a page in the navigation to those who hold the permission anywhere."""
    app.extensions.setdefault("navigation", []).append(_Entry(label, endpoint, permission))


def landing_url() -> str:
    """Where somebody starts work who has just signed in: the first page of their navigation."""
    if current_principal().must_change_password:
        return url_for("users.change_password")
    return next((item.url for item in _items()), url_for("core.home"))


def init_app(app: Flask) -> None:
    """Give templates `nav_items`."""
    app.context_processor(lambda: {"nav_items": _items()})


def _items() -> list[NavItem]:
    principal = current_principal()
    return [
        NavItem(str(entry.label), url_for(entry.endpoint), request.endpoint == entry.endpoint)
        for entry in current_app.extensions.get("navigation", ())
        if principal.may(entry.permission)
    ]
