"""From the codes that people type to the ids that grants keep, and back to words.

Each floor knows its own codes, so each declares its finders and namers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.container import CoreContainer
from core.database import read_session
from core.errors import InvalidInput
from core.permissions.principal import Grant
from core.permissions.roles import PLACELESS, SCOPES, Role, Scope

#: In which order a code is looked for, for a role that may have places of several kinds.
SEARCHED = (Scope.MARKET, Scope.STALL, Scope.AREA)


def level_of_area(session: Session, area_id: int) -> str | None:
    """The level of an area; None when there is no such area."""
    return CoreContainer.current().find_level(session, area_id)


def grant_from_codes(role: str, codes: Mapping[Scope, str | None]) -> Grant:
    """The grant that a role and at most one code make.

    Raises `InvalidInput`, keyed by `area`, `market` or `stall`, when a code is not known or two are given.
    """
    given = {scope: code for scope, code in codes.items() if code}
    if not given:
        return Grant(Role(role), Scope.EVERYWHERE)
    if len(given) > 1:
        raise InvalidInput({scope.value: [_("Name one place only.")] for scope in given})
    scope, code = next(iter(given.items()))
    target_id = _find(scope, code)
    if target_id is None:
        raise InvalidInput({scope.value: [_("There is no %(code)s.", code=code)]})
    return Grant(Role(role), scope, target_id)


def grant_from_place(role: str, place: str) -> Grant:
    """The grant that a role and the code of a place make, whatever kind of place the role may have.

    `place` is empty for roles that hold everywhere. Raises `InvalidInput` keyed by `role` or `place`.
    """
    if role not in set(Role):
        raise InvalidInput({"role": [_("Choose a role.")]})
    scopes, code = SCOPES[Role(role)], place.strip()
    if not code:
        if Role(role) not in PLACELESS:
            raise InvalidInput({"place": [_("This role is for one place. Type its code.")]})
        return Grant(Role(role), Scope.EVERYWHERE)
    if scopes == {Scope.EVERYWHERE}:
        raise InvalidInput({"place": [_("This role holds everywhere. Leave the place empty.")]})
    for scope in SEARCHED:
        if scope in scopes and (target_id := _find(scope, code)) is not None:
            return Grant(Role(role), scope, target_id)
    raise InvalidInput({"place": [_("There is no %(code)s that this role could have.", code=code)]})


def name_places(session: Session, grants: Iterable[Grant]) -> dict[Grant, str]:
    """What each grant's place is called; nothing for those that hold everywhere."""
    wanted: dict[Scope, dict[int, list[Grant]]] = {}
    for grant in grants:
        if grant.target_id is not None:
            wanted.setdefault(grant.scope, {}).setdefault(grant.target_id, []).append(grant)
    names: dict[Grant, str] = {}
    for scope, by_id in wanted.items():
        namers = (floor.namers[scope] for floor in CoreContainer.current().floors if scope in floor.namers)
        found = next(namers)(session, by_id.keys())
        for target_id, alike in by_id.items():
            names |= dict.fromkeys(alike, found.get(target_id, f"#{target_id}"))
    return names


def _find(scope: Scope, code: str) -> int | None:
    finders = (floor.finders[scope] for floor in CoreContainer.current().floors if scope in floor.finders)
    return next(finders)(read_session(), code)
