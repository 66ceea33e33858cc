"""What the views of this package share: the blueprint, the stall in hand, and ways back to it."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.database import read_session
from core.permissions.roles import Permission
from core.web.guards import current_principal
from market.markets.models import Market
from market.markets.queries import list_markets, place_of, within_grants
from vendors.stalls import queries
from vendors.stalls.models import Stall

bp = Blueprint("stalls", __name__, url_prefix="/stalls")


def stall_in_hand(code: str, permission: Permission = Permission.STALL_LIST) -> Stall:
    """The stall, when whoever asks may do this to it. Raises `NotFound`, `Forbidden`."""
    stall = queries.stall_by_code(read_session(), code)
    current_principal().require(permission, queries.place_of_stall(stall))
    return stall


def markets_for(session: Session, permission: Permission) -> list[Market]:
    """The markets in which whoever asks may do this, by code."""
    return list_markets(session, within_grants(current_principal().grants_for(permission)))


def may_here(stall: Stall, permission: Permission) -> bool:
    """Whether whoever asks may do this to the stall."""
    return current_principal().may(permission, queries.place_of_stall(stall))


def may_in(market: Market, permission: Permission) -> bool:
    """Whether whoever asks may do this in the whole market."""
    return current_principal().may(permission, place_of(market))


def back_to(code: str) -> Response:
    """To the stall's page, after a change."""
    return redirect(url_for("stalls.show", code=code), 303)
