"""From the codes that people type to the ids that grants keep.

Each floor knows its own codes, so each gives its finder when the application is wired.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from market.database import read_session
from market.errors import InvalidInput
from market.people.permissions import Role, Scope
from market.people.principal import Grant

#: Finds the id behind a code, None when there is none.
Finder = Callable[[Session, str], int | None]


def register_finder(app: Flask, scope: Scope, finder: Finder) -> None:
    """Tell how codes of one kind of place are found."""
    app.extensions.setdefault("grant_targets", {})[scope] = finder


def grant_from_codes(role: str, codes: dict[Scope, str | None]) -> Grant:
    """The grant that a role and at most one code make.

    Raises `InvalidInput`, keyed by `area`, `market` or `stall`, when a code is not known or two are given.
    """
    given = {scope: code for scope, code in codes.items() if code}
    if not given:
        return Grant(Role(role), Scope.EVERYWHERE)
    if len(given) > 1:
        raise InvalidInput({scope.value: [_("Name one place only.")] for scope in given})
    scope, code = next(iter(given.items()))
    target_id = current_app.extensions["grant_targets"][scope](read_session(), code)
    if target_id is None:
        raise InvalidInput({scope.value: [_("There is no %(code)s.", code=code)]})
    return Grant(Role(role), scope, target_id)
