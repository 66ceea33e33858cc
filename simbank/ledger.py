"""Booking: the one place where balances change, and always on both sides."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Account, AccountKind, LedgerEntry, Transfer, TransferState


def lock(session: Session, account_ids: Collection[int]) -> dict[int, Account]:
    """Lock accounts in sorted order, so that two transfers never wait for each other in a ring."""
    rows = session.scalars(
        select(Account)
        .where(Account.id.in_(sorted(account_ids)))
        .order_by(Account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {account.id: account for account in rows}


def post(session: Session, transfer: Transfer, payer: Account, payee: Account) -> None:
    """Book a transfer: two entries that sum to zero, and both balances. Both accounts are locked."""
    if transfer.amount_vnd <= 0 or payer.id == payee.id:
        raise ValueError("a booking moves a positive amount between two accounts")
    if payer.kind != AccountKind.HOUSE and payer.balance_vnd < transfer.amount_vnd:
        raise ValueError("a booking must not overdraw a customer")
    transfer.state = TransferState.DONE
    session.add(transfer)
    session.flush()
    for account, amount_vnd in ((payer, -transfer.amount_vnd), (payee, transfer.amount_vnd)):
        _enter(session, transfer, account, amount_vnd, transfer.made_at)
    session.flush()


def _enter(session: Session, transfer: Transfer, account: Account, amount_vnd: int, booked_at: datetime) -> None:
    account.balance_vnd += amount_vnd
    session.add(
        LedgerEntry(
            transfer_id=transfer.id,
            account_id=account.id,
            amount_vnd=amount_vnd,
            balance_after_vnd=account.balance_vnd,
            booked_at=booked_at,
        )
    )
