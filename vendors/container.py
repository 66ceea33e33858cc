"""The parts that this floor needs of those above it; see `core.container`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.container import CoreContainer
from vendors.issuer import VirtualAccountIssuer


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code made for one payment: whose, and what its symbol carries."""

    stall_id: int
    payload: str


#: Finds the code for one payment that a reference belongs to, None when it is none's.
OneTimeFinder = Callable[[Session, str], OneTimeCode | None]


@dataclass(kw_only=True)
class VendorsContainer(CoreContainer):
    """The ground's parts and this floor's."""

    #: Asked for virtual accounts and holders' names.
    issuer: VirtualAccountIssuer
    find_one_time: OneTimeFinder
