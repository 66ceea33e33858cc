"""Who is acting, and what lies within their grants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from core.errors import Forbidden, NotFound
from core.permissions.roles import PERMISSIONS, Permission, Role, Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, as far as grants go: its market, all areas around that market, and its stall.

    `area_ids` holds the commune of before the merger, its district and province, and the commune and province of now.
    """

    market_id: int
    area_ids: Collection[int] = ()
    stall_id: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a scope; `target_id` is the area's, market's or stall's id, None for everywhere."""

    role: Role
    scope: Scope
    target_id: int | None = None

    def covers(self, place: Place) -> bool:
        """Whether the place lies within this grant; for lists `market.markets.queries.within_grants` says it in SQL."""
        match self.scope:
            case Scope.EVERYWHERE:
                return True
            case Scope.AREA:
                return self.target_id in place.area_ids
            case Scope.MARKET:
                return self.target_id == place.market_id
            case Scope.STALL:
                return place.stall_id is not None and self.target_id == place.stall_id


@dataclass(frozen=True, slots=True)
class Principal:
    """A user with its grants, or the server's own commands, or nobody."""

    user_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    must_change_password: bool = field(default=False, compare=False)

    def may(self, permission: Permission | str, place: Place | None = None) -> bool:
        """Whether any grant gives the permission: at the place, or anywhere at all when no place is named."""
        return any(place is None or grant.covers(place) for grant in self.grants_for(permission))

    def grants_for(self, permission: Permission | str) -> list[Grant]:
        """The grants that carry the permission; a query turns them into a condition on rows."""
        return [grant for grant in self.grants if permission in PERMISSIONS[grant.role]]

    def require(self, permission: Permission, place: Place | None = None) -> None:
        """Raise unless permitted.

        `Forbidden` when the principal may do this nowhere, or may see the place but not do this there;
        `NotFound` when the place lies outside every grant: what one may not see does not exist.
        """
        if self.may(permission, place):
            return
        sees_it = place is not None and any(grant.covers(place) for grant in self.grants)
        if place is None or sees_it or not self.may(permission):
            raise Forbidden
        raise NotFound

    @property
    def roles(self) -> frozenset[Role]:
        """All roles held, wherever."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def signed_in(self) -> bool:
        """Whether this is somebody at all."""
        return bool(self.grants) or self.user_id is not None


NOBODY = Principal(user_id=None, name="")
#: Commands run on the server by its operator, who holds the database anyway.
SYSTEM = Principal(user_id=None, name="system", grants=(Grant(Role.ADMIN, Scope.EVERYWHERE),))
