"""What every change of a stall does: find it within the actor's grants, hold it, and leave a trace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.audit.services import record
from core.database import database
from core.errors import NotFound
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from core.search import index_words
from vendors.stalls.models import AccountStatus, SettlementAccount, Stall
from vendors.stalls.queries import place_of_stall, stall_by_code


def allowed(session: Session, actor: Principal, code: str, permission: Permission) -> Stall:
    """The stall, when the actor may do this to it. Raises `NotFound`, `Forbidden`."""
    stall = stall_by_code(session, code)
    actor.require(permission, place_of_stall(stall))
    return stall


def check_allowed(actor: Principal, code: str, permission: Permission) -> None:
    """Raise `NotFound` or `Forbidden` unless the actor may do this to the stall; nothing is held."""
    with database().reading() as session:
        allowed(session, actor, code, permission)


def lock_stall(session: Session, actor: Principal, code: str, permission: Permission) -> Stall:
    """The stall, locked until the unit of work ends, when the actor may do this to it."""
    statement = (
        select(Stall)
        .where(Stall.code == code.upper())
        # Not the full lock: rows of others that only refer to the stall, like payments, must not wait for a bank.
        .with_for_update(key_share=True, of=Stall)
        .options(joinedload(Stall.market, innerjoin=True), joinedload(Stall.vendor, innerjoin=True))
    )
    stall = session.scalar(statement)
    if stall is None:
        raise NotFound
    actor.require(permission, place_of_stall(stall))
    return stall


def account_of(stall: Stall, status: AccountStatus) -> SettlementAccount | None:
    """The stall's account in that state; at most one is current, at most one proposed."""
    return next((account for account in stall.accounts if account.status == status), None)


def trace(
    session: Session,
    actor: Principal,
    action: str,
    stall: Stall,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add to the stall's history."""
    record(
        session,
        actor,
        action,
        ("stall", stall.code),
        market_id=stall.market_id,
        before=before,
        after=after,
        reason=reason,
    )


def same_person(actor: Principal, account_id: int | None) -> bool:
    """Whether the actor is who did it; the server's own commands have no account and count as one person."""
    return actor.user_id == account_id


def refresh_search_key(stall: Stall) -> None:
    """Keep what the stall is found by in step with what it says."""
    holders = (
        account.holder_name
        for account in stall.accounts
        if account.status in {AccountStatus.CURRENT, AccountStatus.PROPOSED}
    )
    stall.search_key = index_words(stall.code, stall.vendor.name, stall.goods_line, *holders)
