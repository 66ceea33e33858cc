"""Reads: look-ups, lists and the ledger's own check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from .clock import day_start
from .models import (
    Account,
    Credit,
    Customer,
    LedgerEntry,
    Refund,
    Reversal,
    Transfer,
    TransferKind,
    TransferState,
    VirtualAccount,
)
from .numbers import BANK_BIN

ENTRIES_PER_TRANSFER = 2


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a transfer would land."""

    account: Account
    virtual_account: VirtualAccount | None


def destination(session: Session, bank_bin: str, number: str) -> Destination | None:
    """Return the account behind a number, its own or a virtual one; None when there is none."""
    if bank_bin != BANK_BIN:
        return None
    account = session.scalar(select(Account).where(Account.number == number))
    if account is not None:
        return Destination(account, None)
    virtual = session.scalar(select(VirtualAccount).where(VirtualAccount.number == number))
    return Destination(virtual.account, virtual) if virtual is not None else None


def customers(session: Session) -> Sequence[Customer]:
    """Return the demo shoppers, in the order they were made."""
    return session.scalars(select(Customer).order_by(Customer.id)).all()


def customer(session: Session, customer_id: int) -> Customer | None:
    """Return one demo shopper."""
    return session.get(Customer, customer_id)


def recent_transfers(session: Session, account_id: int, limit: int) -> Sequence[Transfer]:
    """Return an account's last transfers, in and out, newest first; refused ones only to the payer."""
    incoming = (Transfer.payee_id == account_id) & (Transfer.state == TransferState.DONE)
    return session.scalars(
        select(Transfer)
        .where(or_(Transfer.payer_id == account_id, incoming))
        .where(Transfer.kind != TransferKind.OPENING)
        .order_by(Transfer.id.desc())
        .limit(limit)
    ).all()


def transfer_of(session: Session, bank_ref: str, payer_id: int) -> Transfer | None:
    """Return a transfer that this account made; None for anyone else's."""
    return session.scalar(
        select(Transfer).where(
            Transfer.bank_ref == bank_ref,
            Transfer.payer_id == payer_id,
            Transfer.kind == TransferKind.TRANSFER,
        )
    )


def sent_today_vnd(session: Session, account_id: int, now: datetime) -> int:
    """Return what an account has ordered to be sent in the Vietnamese day of `now`, in đồng.

    What went back of its credits was not its own order, and does not count.
    """
    total = session.scalar(
        select(func.sum(Transfer.amount_vnd)).where(
            Transfer.payer_id == account_id,
            Transfer.kind == TransferKind.TRANSFER,
            Transfer.state == TransferState.DONE,
            Transfer.made_at >= day_start(now),
        )
    )
    return int(total or 0)


def credits_after(session: Session, after: int, limit: int) -> Sequence[Credit]:
    """Return reported and to-be-reported credits with `seq` over `after`, oldest first."""
    return session.scalars(
        select(Credit).where(Credit.seq > after).order_by(Credit.seq).limit(limit).options(joinedload(Credit.message))
    ).all()


def credit(session: Session, credit_id: str) -> Credit | None:
    """Return one credit."""
    return session.scalar(select(Credit).where(Credit.id == credit_id))


def refund(session: Session, request_id: str) -> Refund | None:
    """Return the refund that the partner ordered by this id, done or refused."""
    return session.scalar(select(Refund).where(Refund.request_id == request_id))


def reversal_of(session: Session, credit: Credit) -> Reversal | None:
    """Return the reversal of a credit; None while there is none."""
    return session.scalar(select(Reversal).where(Reversal.credit_seq == credit.seq))


def ledger_faults(session: Session) -> list[str]:
    """Check the books; return one line for each fault, none when they are right."""
    faults = [
        f"transfer {transfer_id}: {count} entries, sum {total}"
        for transfer_id, count, total in session.execute(
            select(
                Transfer.id,
                func.count(LedgerEntry.id),
                func.coalesce(func.sum(LedgerEntry.amount_vnd), 0),
            )
            .outerjoin(LedgerEntry, LedgerEntry.transfer_id == Transfer.id)
            .where(Transfer.state == TransferState.DONE)
            .group_by(Transfer.id)
            .having(
                (func.count(LedgerEntry.id) != ENTRIES_PER_TRANSFER)
                | (func.coalesce(func.sum(LedgerEntry.amount_vnd), 0) != 0)
            )
        )
    ]
    faults += [
        f"account {number}: balance {balance}, entries {total}"
        for number, balance, total in session.execute(
            select(
                Account.number,
                Account.balance_vnd,
                func.coalesce(func.sum(LedgerEntry.amount_vnd), 0),
            )
            .outerjoin(LedgerEntry, LedgerEntry.account_id == Account.id)
            .group_by(Account.id)
            .having(func.coalesce(func.sum(LedgerEntry.amount_vnd), 0) != Account.balance_vnd)
        )
    ]
    return faults + _return_faults(session)


def _return_faults(session: Session) -> list[str]:
    """Compare what credits say went back with the transfers that took it back."""
    went_back = (
        select(
            func.coalesce(Refund.credit_seq, Reversal.credit_seq).label("credit_seq"),
            func.sum(Transfer.amount_vnd).label("total"),
        )
        .select_from(Transfer)
        .outerjoin(Refund, Refund.transfer_id == Transfer.id)
        .outerjoin(Reversal, Reversal.transfer_id == Transfer.id)
        .where(Transfer.kind.in_((TransferKind.REFUND, TransferKind.REVERSAL)))
        .group_by(func.coalesce(Refund.credit_seq, Reversal.credit_seq))
        .subquery()
    )
    total = func.coalesce(went_back.c.total, 0)
    rows = session.execute(
        select(Credit.id, Credit.returned_vnd, total)
        .outerjoin(went_back, went_back.c.credit_seq == Credit.seq)
        .where(Credit.returned_vnd != total)
    )
    return [f"credit {credit_id}: returned {returned}, transfers {moved}" for credit_id, returned, moved in rows]
