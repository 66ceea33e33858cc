"""The links at the head of a page: those that the reader may follow, in the order of the floors."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request, url_for

from core.container import CoreContainer
from core.web.guards import current_principal


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the navigation."""

    label: str
    url: str
    current: bool


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
        for floor in CoreContainer.current().floors
        for entry in floor.navigation
        if principal.may(entry.permission)
    ]
