"""Reading payments, credits without a stall, and a stall's days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from core.permissions.principal import Grant
from core.permissions.roles import Scope
from market.markets.models import Market
from market.markets.queries import within_grants
from payments.recording.booking import CorrectionKind
from payments.recording.models import (
    Correction,
    Credit,
    GatewayMessage,
    Payment,
    PaymentBalance,
    StallDay,
    StallLedger,
    UnmatchedCredit,
)
from payments.requests.models import PaymentRequest
from vendors.stalls.models import AccountStatus, SettlementAccount, Stall

_withdrawal = aliased(Correction)


class PaymentState(StrEnum):
    """What became of a payment's money; a request's state tells whether it was the right amount."""

    RECEIVED = "received"
    PARTLY_RETURNED = "partly_returned"
    RETURNED = "returned"
    REVERSED = "reversed"
    #: A person had given it to this stall, and took that back.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment with what its credit says; times are aware."""

    id: int
    stall_id: int
    market_id: int
    receipt_number: int
    gateway: str
    external_id: str
    bank_ref: str
    amount_vnd: int
    paid_at: datetime
    recorded_at: datetime
    payer_bank: str | None
    payer_name: str | None
    content: str
    matched_by: str
    #: The request that it was made for, by its public id, and whether it came after that had ended.
    request: str | None
    late: bool
    state: PaymentState
    #: What is refunded or about to be, given back in cash, or taken back by the bank.
    returned_vnd: int
    #: What of that the bank took back by itself.
    reversed_vnd: int

    @property
    def kept_vnd(self) -> int:
        """What stays with the stall; below 0 where the bank took back what had been given back already."""
        return 0 if self.state is PaymentState.WITHDRAWN else self.amount_vnd - self.returned_vnd

    @property
    def left_vnd(self) -> int:
        """What may still be given back: nothing once the bank took some back, which `booking.hold` refuses."""
        return 0 if self.reversed_vnd else self.kept_vnd


def _payments() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Payment,
            Credit,
            func.coalesce(PaymentBalance.held_vnd, 0),
            func.coalesce(PaymentBalance.reversed_vnd, 0),
            PaymentRequest.public_id,
            _withdrawal.id,
        )
        .join(Credit, Credit.id == Payment.credit_id)
        .outerjoin(PaymentBalance, PaymentBalance.payment_id == Payment.id)
        .outerjoin(PaymentRequest, PaymentRequest.id == Payment.request_id)
        .outerjoin(
            _withdrawal,
            (_withdrawal.payment_id == Payment.id) & (_withdrawal.kind == CorrectionKind.WITHDRAWAL),
        )
    )


def _state(amount_vnd: int, held_vnd: int, reversed_vnd: int, *, withdrawn: bool) -> PaymentState:
    if withdrawn:
        return PaymentState.WITHDRAWN
    if reversed_vnd:
        return PaymentState.REVERSED if held_vnd + reversed_vnd >= amount_vnd else PaymentState.PARTLY_RETURNED
    if held_vnd:
        return PaymentState.RETURNED if held_vnd >= amount_vnd else PaymentState.PARTLY_RETURNED
    return PaymentState.RECEIVED


def _view(row: Any) -> PaymentView:
    payment, credit, held_vnd, reversed_vnd, request, withdrawal_id = row
    withdrawn = withdrawal_id is not None
    return PaymentView(
        id=payment.id,
        stall_id=payment.stall_id,
        market_id=payment.market_id,
        receipt_number=payment.receipt_number,
        gateway=credit.gateway,
        external_id=credit.external_id,
        bank_ref=credit.bank_ref,
        amount_vnd=payment.amount_vnd,
        paid_at=payment.paid_at,
        recorded_at=payment.recorded_at,
        payer_bank=credit.payer_bank_bin,
        payer_name=credit.payer_name,
        content=credit.content,
        matched_by=payment.matched_by,
        request=request,
        late=payment.late,
        state=_state(payment.amount_vnd, held_vnd, reversed_vnd, withdrawn=withdrawn),
        returned_vnd=0 if withdrawn else held_vnd + reversed_vnd,
        reversed_vnd=reversed_vnd,
    )


def payments_after(session: Session, stall_id: int, after: int, limit: int) -> list[PaymentView]:
    """A stall's payments with a receipt number above `after`, in order, at most `limit`."""
    statement = (
        _payments()
        .where(Payment.stall_id == stall_id, Payment.receipt_number > after)
        .order_by(Payment.receipt_number)
        .limit(limit)
    )
    return [_view(row) for row in session.execute(statement)]


def sum_after(session: Session, stall_id: int, after: int) -> tuple[int, int, int]:
    """Of a stall's payments with a receipt number above `after`: how many, their sum in đồng, the last one's number."""
    statement = select(
        func.count(), func.coalesce(func.sum(Payment.amount_vnd), 0), func.coalesce(func.max(Payment.receipt_number), 0)
    ).where(Payment.stall_id == stall_id, Payment.receipt_number > after)
    count, total_vnd, last = session.execute(statement).one()
    return int(count), int(total_vnd), int(last)


def latest_payments(session: Session, stall_id: int, limit: int) -> list[PaymentView]:
    """A stall's newest payments, newest first."""
    statement = _payments().where(Payment.stall_id == stall_id).order_by(Payment.receipt_number.desc()).limit(limit)
    return [_view(row) for row in session.execute(statement)]


def payments_of_day(session: Session, stall_id: int, day: date) -> list[PaymentView]:
    """A stall's payments of one market day, in the order of their receipt numbers."""
    statement = (
        _payments().where(Payment.stall_id == stall_id, Payment.market_day == day).order_by(Payment.receipt_number)
    )
    return [_view(row) for row in session.execute(statement)]


def find_payment(session: Session, payment_id: int) -> PaymentView | None:
    """One payment."""
    row = session.execute(_payments().where(Payment.id == payment_id)).first()
    return _view(row) if row else None


def payment_by_number(session: Session, stall_id: int, receipt_number: int) -> PaymentView | None:
    """One payment of a stall, by its receipt number."""
    found = session.execute(
        _payments().where(Payment.stall_id == stall_id, Payment.receipt_number == receipt_number)
    ).first()
    return _view(found) if found else None


def payments_of_request(session: Session, public_id: str) -> list[PaymentView]:
    """What came for a payment request, in the order of the receipt numbers."""
    statement = _payments().where(PaymentRequest.public_id == public_id).order_by(Payment.receipt_number)
    return [_view(row) for row in session.execute(statement)]


def day_of(session: Session, stall_id: int, day: date) -> StallDay | None:
    """A stall's totals of a market day; None when nothing happened."""
    return session.get(StallDay, (stall_id, day))


def unmatched(
    session: Session, grants: Collection[Grant], after: int, limit: int
) -> Sequence[tuple[UnmatchedCredit, Credit]]:
    """Credits without a stall, oldest first, with a credit id above `after`.

    A grant everywhere sees all of them; another sees those that went to an account of a stall within it.
    """
    statement = (
        select(UnmatchedCredit, Credit)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.credit_id > after, UnmatchedCredit.payment_id.is_(None), concerning(grants))
        .order_by(UnmatchedCredit.credit_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def concerns(session: Session, grants: Collection[Grant], credit_id: int) -> bool:
    """Whether a credit that was on the work list lies within these grants."""
    statement = (
        select(UnmatchedCredit.credit_id)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.credit_id == credit_id, concerning(grants))
        .limit(1)
    )
    return session.scalar(statement) is not None


def concerning(grants: Collection[Grant]) -> ColumnElement[bool]:
    """The condition on `Credit` that it went to an account of a stall within these grants."""
    if any(grant.scope is Scope.EVERYWHERE for grant in grants):
        return true()
    return (
        select(SettlementAccount.id)
        .join(Stall, Stall.id == SettlementAccount.stall_id)
        .join(Market, Market.id == Stall.market_id)
        .where(
            SettlementAccount.account_number.in_((Credit.account_number, Credit.virtual_account)),
            # As for finding a credit's stall: what nobody approved yet says nothing about whose money it is.
            SettlementAccount.status.in_((AccountStatus.CURRENT, AccountStatus.PAST)),
            or_(Credit.bank_bin.is_(None), SettlementAccount.bank_bin == Credit.bank_bin),
            within_grants(grants),
        )
        .exists()
    )


def count_unmatched(session: Session) -> tuple[int, int]:
    """How many credits have no stall, and their sum in đồng."""
    statement = (
        select(func.count(), func.coalesce(func.sum(Credit.amount_vnd), 0))
        .join(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .where(UnmatchedCredit.payment_id.is_(None))
    )
    count, amount_vnd = session.execute(statement).one()
    return int(count), int(amount_vnd)


def last_heard(session: Session, gateway: str) -> datetime | None:
    """When the gateway's newest message came."""
    # The day first, which the index knows: only its messages are looked at then.
    ours = GatewayMessage.gateway == gateway
    newest_day = select(func.max(GatewayMessage.received_day)).where(ours).scalar_subquery()
    statement = select(func.max(GatewayMessage.received_at)).where(ours, GatewayMessage.received_day == newest_day)
    return session.scalar(statement)


def last_receipt_number(session: Session, stall_id: int) -> int:
    """The number of the stall's newest payment; 0 when it has none."""
    ledger = session.get(StallLedger, stall_id)
    return ledger.last_receipt_number if ledger is not None else 0
