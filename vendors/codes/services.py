"""Issuing and revoking payment codes. The bank is asked before a unit of work, never inside one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import vietqr
from core import clock
from core.audit.services import record
from core.permissions.principal import Principal
from vendors.codes import queries
from vendors.codes.errors import VirtualAccountTaken
from vendors.codes.models import PaymentCode, PaymentReference, ReferenceKind
from vendors.codes.reference import new_reference
from vendors.container import VendorsContainer
from vendors.issuer import VirtualAccount
from vendors.stalls.models import SettlementAccount, Stall


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the money of a code's version is to go: the vendor's account, and the virtual one that stands for it."""

    version: int
    account_id: int
    virtual: VirtualAccount | None


def next_version(session: Session, stall_id: int) -> int:
    """The version that a stall's next code will have."""
    return 1 + (session.scalar(select(func.max(PaymentCode.version)).where(PaymentCode.stall_id == stall_id)) or 0)


def ask_destination(stall_code: str, version: int, account: SettlementAccount) -> Destination:
    """Ask the gateway for the virtual account of a version. Raises `BankUnavailable`; may be repeated.

    The account is part of the request's id: should it change before the code is issued, that is another request.
    """
    virtual = VendorsContainer.current().issuer.issue_virtual_account(
        request_id=f"{stall_code}-v{version}-{account.bank_bin}-{account.account_number}",
        bank_bin=account.bank_bin,
        account_number=account.account_number,
        label=stall_code,
    )
    return Destination(version, account.id, virtual)


def give_reference(session: Session, stall: Stall, kind: ReferenceKind) -> str:
    """Give a stall a reference that nothing had before, for a code or a payment request, inside a unit of work."""
    reference = new_reference()
    while session.get(PaymentReference, reference) is not None:
        reference = new_reference()
    session.add(PaymentReference(reference=reference, stall_id=stall.id, market_id=stall.market_id, kind=kind))
    session.flush()
    return reference


def issue(session: Session, actor: Principal, stall: Stall, account: SettlementAccount, to: Destination) -> PaymentCode:
    """Issue a stall's next code inside another unit of work; the one before must have been revoked.

    Raises `VirtualAccountTaken`.
    """
    assert account.id == to.account_id
    moment = clock.now()
    reference = give_reference(session, stall, ReferenceKind.CODE)
    _refuse_taken(session, to.virtual)
    bank_bin = to.virtual.bank_bin if to.virtual else account.bank_bin
    number = to.virtual.number if to.virtual else account.account_number
    code = PaymentCode(
        stall=stall,
        market_id=stall.market_id,
        version=to.version,
        reference=reference,
        gateway=to.virtual.gateway if to.virtual else None,
        virtual_account=to.virtual.number if to.virtual else None,
        settlement_account=account,
        bank_bin=bank_bin,
        account_number=number,
        # Nothing but the account and the reference: every object more makes the printed modules smaller.
        payload=vietqr.encode(bank_bin=bank_bin, account_number=number, purpose=reference),
        issued_at=moment,
        from_day=clock.market_day(moment),
    )
    session.add(code)
    session.flush()
    after = {"version": code.version, "reference": reference, "bank_bin": bank_bin, "account_number": number}
    record(session, actor, "code.issue", ("stall", stall.code), market_id=stall.market_id, after=after)
    return code


def revoke(session: Session, actor: Principal, stall: Stall, reason: str) -> PaymentCode | None:
    """Revoke a stall's live code inside another unit of work; None when it has none.

    Money that still comes by it belongs to its stall as before.
    """
    code = queries.live_code(session, stall.id)
    if code is None:
        return None
    code.revoked_at = clock.now()
    code.until_day = max(clock.market_day(code.revoked_at), code.from_day)
    code.revoked_because = reason
    # The next version may follow in the same unit of work, and the table allows one live code only.
    session.flush()
    before = {"version": code.version, "reference": code.reference}
    record(
        session, actor, "code.revoke", ("stall", stall.code), market_id=stall.market_id, before=before, reason=reason
    )
    return code


def _refuse_taken(session: Session, virtual: VirtualAccount | None) -> None:
    if virtual is None:
        return
    taken = select(PaymentCode.id).where(
        PaymentCode.gateway == virtual.gateway, PaymentCode.virtual_account == virtual.number
    )
    if session.scalar(taken) is not None:
        raise VirtualAccountTaken
