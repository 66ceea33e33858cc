"""What a row of the table of routes says; each floor has its rows in a file beside this one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

ANONYMOUS: Final = "anonymous"
VENDORS: Final = frozenset({"vendor_a", "vendor_b"})
BOARD: Final = frozenset({"registrar", "approver"})
OFFICERS: Final = frozenset({"commune_officer", "district_officer", "province_officer"})
OPERATORS: Final = frozenset({"operator", "admin"})
#: Everybody of the cast; the outsider holds a board's roles in another place.
PEOPLE: Final = VENDORS | BOARD | OFFICERS | OPERATORS | {"field_agent", "outsider"}
EVERYBODY: Final = PEOPLE | {ANONYMOUS}


@dataclass(frozen=True)
class Row:
    """A route, and what becomes of whom.

    `path` may name {stall_a}, {market_a}, {stall_b}, {market_b}, {spare} (a user) and what `Stage` knows besides.
    `lets_in` get an answer of the view itself, whatever it says. `hides_from` may do this elsewhere, and are told that
    there is nothing here. All others are refused: signed in 403; nobody is sent to sign in, or gets 401 where a browser
    would lose what it sent and where programs call. `answers` are statuses that say it otherwise, for single people.
    """

    endpoint: str
    path: str
    method: str = "GET"
    lets_in: frozenset[str] = frozenset()
    hides_from: frozenset[str] = frozenset()
    answers: dict[str, int] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    #: Whether the call needs an `Idempotency-Key`; each of its requests gets a new one.
    keyed: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def public(endpoint: str, path: str, method: str = "GET", **others: Any) -> Row:
    """A row that lets everybody in."""
    return Row(endpoint, path, method, EVERYBODY, **others)
