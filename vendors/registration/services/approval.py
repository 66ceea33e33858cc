"""Approving what somebody else registered or proposed, and issuing the code that follows from it.

The bank is asked for a virtual account before anything is written. Should it be out of reach, nothing has changed;
asked again for the same version and account, it gives the same number.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from core import clock
from core.database import database, unit_of_work
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from vendors.codes import services as codes
from vendors.codes.errors import NoAccount
from vendors.container import VendorsContainer
from vendors.issuer import BankUnavailable
from vendors.registration.errors import (
    ChangedMeanwhile,
    HolderNotFound,
    NameDiffers,
    NothingToApprove,
    SamePerson,
    WrongState,
)
from vendors.registration.services.accounts import HolderAnswer, ask_holder, decide, describe_account
from vendors.registration.services.common import account_of, allowed, lock_stall, refresh_search_key, same_person, trace
from vendors.registration.services.operation import open_operation
from vendors.stalls.models import NO_ACCOUNT, AccountStatus, NameCheck, SettlementAccount, Stall, StallStatus


@dataclass(frozen=True, slots=True)
class _Case:
    """What an approver decided about, as it stood while the bank was asked."""

    status: str
    account_id: int | None
    answer: HolderAnswer | None
    destination: codes.Destination | None


def approve(actor: Principal, code: str, *, overrule_reason: str | None = None, seen: str | None = None) -> Stall:
    """Approve a stall's registration, or its proposed account, and issue its code.

    `seen` is the fingerprint of the account that the approver looked at, `NO_ACCOUNT` where none waited; None trusts
    that it is still the same. The stall is then in operation. Raises `NotFound`, `Forbidden`, `NothingToApprove`,
    `SamePerson`, `NameDiffers` or `HolderNotFound` when the bank has another name or no such account and no reason says
    why to go on, `BankUnavailable`, `ChangedMeanwhile`.
    """
    return _approve(actor, code, _look_into(actor, code, overrule_reason, seen), overrule_reason)


@unit_of_work
def _approve(session: Session, actor: Principal, code: str, case: _Case, overrule_reason: str | None) -> Stall:
    stall = lock_stall(session, actor, code, Permission.STALL_APPROVE)
    proposed = _refuse_unless_waiting(actor, stall)
    if (stall.status, proposed.id if proposed else None) != (case.status, case.account_id):
        raise ChangedMeanwhile
    if stall.status == StallStatus.PENDING:
        _put_into_operation(session, actor, stall, overrule_reason)
    if proposed is not None and case.destination is not None:
        _put_into_force(session, actor, stall, proposed, case, overrule_reason)
    refresh_search_key(stall)
    return stall


@unit_of_work
def reject(session: Session, actor: Principal, code: str, reason: str) -> Stall:
    """Refuse what waits. A refused registration frees its number; a refused account leaves the present one in force.

    Raises `NotFound`, `Forbidden`, `NothingToApprove`.
    """
    stall = lock_stall(session, actor, code, Permission.STALL_APPROVE)
    proposed = account_of(stall, AccountStatus.PROPOSED)
    if stall.status != StallStatus.PENDING and proposed is None:
        raise NothingToApprove
    before = describe_account(proposed) if proposed else None
    if proposed is not None:
        decide(actor, proposed, AccountStatus.REJECTED)
    if stall.status == StallStatus.PENDING:
        stall.status = StallStatus.CLOSED
        trace(session, actor, "stall.reject", stall, after={"status": stall.status}, reason=reason)
    else:
        trace(session, actor, "account.reject", stall, before=before, reason=reason)
    return stall


def reissue_code(actor: Principal, code: str, reason: str) -> Stall:
    """Give a stall a new code for the account that two people agreed on; a live code is revoked with the reason.

    Raises `NotFound`, `Forbidden`, `WrongState` for a stall not in operation, `NoAccount`, `BankUnavailable`,
    `ChangedMeanwhile`.
    """
    with database().reading() as reading:
        stall = allowed(reading, actor, code, Permission.STALL_APPROVE)
        account = _account_for_reissue(stall)
        version = codes.next_version(reading, stall.id)
    return _reissue(actor, code, reason, codes.ask_destination(stall.code, version, account))


@unit_of_work
def _reissue(session: Session, actor: Principal, code: str, reason: str, destination: codes.Destination) -> Stall:
    stall = lock_stall(session, actor, code, Permission.STALL_APPROVE)
    account = _account_for_reissue(stall)
    if (account.id, codes.next_version(session, stall.id)) != (destination.account_id, destination.version):
        raise ChangedMeanwhile
    codes.revoke(session, actor, stall, reason)
    codes.issue(session, actor, stall, account, destination)
    return stall


def _look_into(actor: Principal, code: str, overrule_reason: str | None, seen: str | None) -> _Case:
    """Check everything that can be checked before the bank is asked, then ask it."""
    with database().reading() as session:
        stall = allowed(session, actor, code, Permission.STALL_APPROVE)
        proposed = _refuse_unless_waiting(actor, stall)
        if seen is not None:
            _refuse_unless_seen(proposed, seen)
        version = codes.next_version(session, stall.id)
    if proposed is None:
        return _Case(stall.status, None, None, None)
    answer = HolderAnswer(NameCheck(proposed.name_check), proposed.name_found)
    if answer.check == NameCheck.NOT_ASKED and VendorsContainer.current().issuer.looks_up(proposed.bank_bin):
        answer = _ask_again(actor, code, proposed)
        # Whatever reason came along was given before anybody had heard this.
        overrule_reason = None
    if not overrule_reason:
        _refuse_doubtful(proposed, answer)
    return _Case(stall.status, proposed.id, answer, codes.ask_destination(stall.code, version, proposed))


def _ask_again(actor: Principal, code: str, proposed: SettlementAccount) -> HolderAnswer:
    """Ask the bank that was out of reach before, and keep its answer for the approver to see."""
    answer = ask_holder(proposed.bank_bin, proposed.account_number, proposed.holder_name)
    if answer.check == NameCheck.NOT_ASKED:
        raise BankUnavailable
    _keep_answer(actor, code, proposed.id, answer)
    return answer


@unit_of_work
def _keep_answer(session: Session, actor: Principal, code: str, account_id: int, answer: HolderAnswer) -> None:
    waiting = account_of(lock_stall(session, actor, code, Permission.STALL_APPROVE), AccountStatus.PROPOSED)
    if waiting is None or waiting.id != account_id:
        raise ChangedMeanwhile
    waiting.name_check, waiting.name_found = answer.check, answer.name


def _refuse_doubtful(proposed: SettlementAccount, answer: HolderAnswer) -> None:
    """Raise what the bank warned of."""
    if answer.check == NameCheck.MISMATCH:
        message = gettext(
            "The bank's name for this account is %(found)s, not %(given)s. Say why you approve it all the same.",
            found=answer.name,
            given=proposed.holder_name,
        )
        raise NameDiffers({"overrule_reason": [message]})
    if answer.check == NameCheck.NOT_FOUND:
        message = gettext(
            "The bank finds no account %(number)s. Say why you approve it all the same.",
            number=proposed.account_number,
        )
        raise HolderNotFound({"overrule_reason": [message]})


def _refuse_unless_waiting(actor: Principal, stall: Stall) -> SettlementAccount | None:
    """The account that waits, if any. Whoever registered the stall or proposed the account cannot approve."""
    proposed = account_of(stall, AccountStatus.PROPOSED)
    pending = stall.status == StallStatus.PENDING
    if stall.status == StallStatus.CLOSED or not (pending or proposed):
        raise NothingToApprove
    if pending and same_person(actor, stall.registered_by_id):
        raise SamePerson(_("You registered this stall. Ask a colleague who may approve."))
    if proposed is not None and same_person(actor, proposed.proposed_by_id):
        raise SamePerson(_("You proposed this account. Ask a colleague who may approve."))
    return proposed


def _refuse_unless_seen(proposed: SettlementAccount | None, seen: str) -> None:
    if proposed is None and seen != NO_ACCOUNT:
        raise ChangedMeanwhile(_("No account waits any more. Look at the stall again, then decide."))
    if proposed is not None and seen != proposed.fingerprint:
        message = gettext(
            "Now account %(number)s of %(holder)s waits. Compare it with what the vendor showed, then decide again.",
            number=proposed.account_number,
            holder=proposed.holder_name,
        )
        raise ChangedMeanwhile(message)


def _put_into_operation(session: Session, actor: Principal, stall: Stall, reason: str | None) -> None:
    stall.status = StallStatus.ACTIVE
    stall.approved_at = clock.now()
    stall.approved_by_id = actor.user_id
    open_operation(session, stall)
    trace(
        session,
        actor,
        "stall.approve",
        stall,
        before={"status": str(StallStatus.PENDING)},
        after={"status": str(StallStatus.ACTIVE)},
        reason=reason,
    )


def _put_into_force(
    session: Session,
    actor: Principal,
    stall: Stall,
    proposed: SettlementAccount,
    case: _Case,
    reason: str | None,
) -> None:
    """Make the proposed account the current one, and give the stall the code that carries it."""
    assert case.destination is not None
    assert case.answer is not None
    if codes.next_version(session, stall.id) != case.destination.version:
        raise ChangedMeanwhile
    current = account_of(stall, AccountStatus.CURRENT)
    if current is not None:
        current.status = AccountStatus.PAST
        # The table allows one current account, so the old one steps back before the new one steps up.
        session.flush()
    decide(actor, proposed, AccountStatus.CURRENT)
    proposed.name_check, proposed.name_found = case.answer.check, case.answer.name
    if case.answer.check in {NameCheck.MISMATCH, NameCheck.NOT_FOUND}:
        proposed.overruled_because = reason
    before = describe_account(current) if current else None
    trace(session, actor, "account.approve", stall, before=before, after=describe_account(proposed), reason=reason)
    codes.revoke(session, actor, stall, gettext("The bank account changed"))
    codes.issue(session, actor, stall, proposed, case.destination)


def _account_for_reissue(stall: Stall) -> SettlementAccount:
    if stall.status not in {StallStatus.ACTIVE, StallStatus.SUSPENDED}:
        raise WrongState
    account = account_of(stall, AccountStatus.CURRENT)
    if account is None:
        raise NoAccount(_("Register an account for it and have it approved first."))
    return account
