"""Settlement accounts: proposed by one person, with the bank asked whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

import vietqr
from core import clock
from core.database import unit_of_work
from core.errors import InvalidInput
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from vendors.container import VendorsContainer
from vendors.issuer import BankUnavailable
from vendors.registration.errors import WrongState
from vendors.registration.services.common import account_of, check_allowed, lock_stall, refresh_search_key, trace
from vendors.stalls.models import AccountStatus, NameCheck, SettlementAccount, Stall, StallStatus


@dataclass(frozen=True, slots=True)
class AccountGiven:
    """A bank account as registered; the holder's name is folded: capitals without accents."""

    bank_bin: str
    account_number: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class HolderAnswer:
    """What the bank said about an account's holder; `name` is what it has, when that differs."""

    check: NameCheck
    name: str | None = None


def ask_holder(bank_bin: str, account_number: str, holder_name: str) -> HolderAnswer:
    """Whose account it is. A bank that cannot be asked blocks nothing: the approver sees that it was not."""
    if not VendorsContainer.current().issuer.looks_up(bank_bin):
        return HolderAnswer(NameCheck.NOT_ASKED)
    try:
        found = VendorsContainer.current().issuer.find_holder(bank_bin=bank_bin, account_number=account_number)
    except BankUnavailable:
        return HolderAnswer(NameCheck.NOT_ASKED)
    if found is None:
        return HolderAnswer(NameCheck.NOT_FOUND)
    same = vietqr.fold(found) == holder_name
    return HolderAnswer(NameCheck.MATCH) if same else HolderAnswer(NameCheck.MISMATCH, found)


def propose_account(actor: Principal, code: str, given: AccountGiven) -> Stall:
    """Propose another account for a stall, or its first; the code changes once somebody else has approved it.

    A proposal that was waiting is replaced. Raises `NotFound`, `Forbidden`, `WrongState` when the stall has closed,
    `InvalidInput` when this account is in force already.
    """
    check_allowed(actor, code, Permission.STALL_EDIT)
    answer = ask_holder(given.bank_bin, given.account_number, given.holder_name)
    return _propose(actor, code, given, answer)


@unit_of_work
def _propose(session: Session, actor: Principal, code: str, given: AccountGiven, answer: HolderAnswer) -> Stall:
    stall = lock_stall(session, actor, code, Permission.STALL_EDIT)
    if stall.status == StallStatus.CLOSED:
        raise WrongState(_("The stall has closed."))
    current = account_of(stall, AccountStatus.CURRENT)
    if current is not None and given == _given(current):
        raise InvalidInput({"account_number": [_("This is the account that the stall has now.")]})
    _withdraw(session, actor, stall)
    account = add_proposal(session, actor, stall, given, answer)
    before = describe_account(current) if current else None
    trace(session, actor, "account.propose", stall, before=before, after=describe_account(account))
    refresh_search_key(stall)
    return stall


def add_proposal(
    session: Session, actor: Principal, stall: Stall, given: AccountGiven, answer: HolderAnswer
) -> SettlementAccount:
    """Add a proposed account inside another unit of work."""
    account = SettlementAccount(
        bank_bin=given.bank_bin,
        account_number=given.account_number,
        holder_name=given.holder_name,
        status=AccountStatus.PROPOSED,
        name_check=answer.check,
        name_found=answer.name,
        proposed_at=clock.now(),
        proposed_by_id=actor.user_id,
        proposed_by_name=actor.name,
    )
    stall.accounts.append(account)
    session.flush()
    return account


def decide(actor: Principal, account: SettlementAccount, status: AccountStatus) -> None:
    """Note who took an account into force or refused it."""
    account.status = status
    account.decided_at = clock.now()
    account.decided_by_id = actor.user_id


def describe_account(account: SettlementAccount) -> dict[str, object]:
    """An account as the audit trail keeps it."""
    return {
        "bank_bin": account.bank_bin,
        "account_number": account.account_number,
        "holder_name": account.holder_name,
        "name_check": str(account.name_check),
        "name_found": account.name_found,
    }


def _given(account: SettlementAccount) -> AccountGiven:
    return AccountGiven(account.bank_bin, account.account_number, account.holder_name)


def _withdraw(session: Session, actor: Principal, stall: Stall) -> None:
    waiting = account_of(stall, AccountStatus.PROPOSED)
    if waiting is not None:
        decide(actor, waiting, AccountStatus.REJECTED)
        # Before the next one comes: the table allows one proposal at a time.
        session.flush()
