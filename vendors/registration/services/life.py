"""What happens to a stall once it is approved: a rest, its end, and the end of its code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from core.database import unit_of_work
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from vendors.codes import services as codes
from vendors.codes.errors import NoLiveCode
from vendors.registration.errors import WrongState
from vendors.registration.services.accounts import decide
from vendors.registration.services.common import account_of, lock_stall, trace
from vendors.registration.services.operation import end_operation, open_operation
from vendors.stalls.models import AccountStatus, Stall, StallStatus


@unit_of_work
def suspend(session: Session, actor: Principal, code: str, reason: str) -> Stall:
    """Take a stall out of operation for a while; its code goes on working, for money must not get lost.

    Raises `NotFound`, `Forbidden`, `WrongState` unless it is in operation.
    """
    stall = lock_stall(session, actor, code, Permission.STALL_CLOSE)
    _refuse_unless(stall, StallStatus.ACTIVE)
    end_operation(session, stall)
    _set_status(session, actor, stall, StallStatus.SUSPENDED, "stall.suspend", reason)
    return stall


@unit_of_work
def resume(session: Session, actor: Principal, code: str) -> Stall:
    """Put a suspended stall back into operation. Raises `NotFound`, `Forbidden`, `WrongState`."""
    stall = lock_stall(session, actor, code, Permission.STALL_CLOSE)
    _refuse_unless(stall, StallStatus.SUSPENDED)
    open_operation(session, stall)
    _set_status(session, actor, stall, StallStatus.ACTIVE, "stall.resume", None)
    return stall


@unit_of_work
def close(session: Session, actor: Principal, code: str, reason: str) -> Stall:
    """End a stall for good and revoke its code. Money that still comes belongs to it as before.

    Raises `NotFound`, `Forbidden`, `WrongState` for a stall that was not approved yet (refuse it instead) or closed.
    """
    stall = lock_stall(session, actor, code, Permission.STALL_CLOSE)
    if stall.status == StallStatus.PENDING:
        raise WrongState(_("It was not approved yet: refuse the registration instead."))
    _refuse_unless(stall, StallStatus.ACTIVE, StallStatus.SUSPENDED)
    end_operation(session, stall)
    codes.revoke(session, actor, stall, reason)
    waiting = account_of(stall, AccountStatus.PROPOSED)
    if waiting is not None:
        decide(actor, waiting, AccountStatus.REJECTED)
    _set_status(session, actor, stall, StallStatus.CLOSED, "stall.close", reason)
    return stall


@unit_of_work
def revoke_code(session: Session, actor: Principal, code: str, reason: str) -> Stall:
    """Revoke a stall's code: pasted over, lost, misused. The stall stays in operation, without a code.

    Raises `NotFound`, `Forbidden`, `NoLiveCode`.
    """
    stall = lock_stall(session, actor, code, Permission.CODE_REVOKE)
    if codes.revoke(session, actor, stall, reason) is None:
        raise NoLiveCode
    return stall


def _refuse_unless(stall: Stall, *statuses: StallStatus) -> None:
    if stall.status not in statuses:
        raise WrongState(data={"stall_status": str(stall.status)})


def _set_status(
    session: Session, actor: Principal, stall: Stall, status: StallStatus, action: str, reason: str | None
) -> None:
    before = {"status": str(stall.status)}
    stall.status = status
    trace(session, actor, action, stall, before=before, after={"status": str(status)}, reason=reason)
