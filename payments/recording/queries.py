"""Reading payments, credits without a stall, and a stall's days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from payments.recording.booking import CorrectionKind
from payments.recording.models import (
    Correction,
    Credit,
    GatewayMessage,
    Payment,
    PaymentBalance,
    PaymentRequest,
    StallChainHead,
    StallDay,
)

_unassignment = aliased(Correction)


class PaymentState(StrEnum):
    """What became of a payment's money; a request's state tells whether it was the right amount."""

    RECEIVED = "received"
    PARTLY_RETURNED = "partly_returned"
    RETURNED = "returned"
    REVERSED = "reversed"
    #: A person had given it to this stall, and took that back.
    UNASSIGNED = "unassigned"


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
        return 0 if self.state is PaymentState.UNASSIGNED else self.amount_vnd - self.returned_vnd

    @property
    def left_vnd(self) -> int:
        """What may still be given back: nothing once the bank took some back, which `booking.hold` refuses."""
        return 0 if self.reversed_vnd else self.kept_vnd


def _payments() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Payment,
            Credit,
            func.coalesce(PaymentBalance.committed_vnd, 0),
            func.coalesce(PaymentBalance.reversed_vnd, 0),
            PaymentRequest.public_id,
            _unassignment.id,
        )
        .join(Credit, Credit.id == Payment.credit_id)
        .outerjoin(PaymentBalance, PaymentBalance.payment_id == Payment.id)
        .outerjoin(PaymentRequest, PaymentRequest.id == Payment.request_id)
        .outerjoin(
            _unassignment,
            (_unassignment.payment_id == Payment.id) & (_unassignment.kind == CorrectionKind.UNASSIGNMENT),
        )
    )


def _state(amount_vnd: int, committed_vnd: int, reversed_vnd: int, *, unassigned: bool) -> PaymentState:
    if unassigned:
        return PaymentState.UNASSIGNED
    if reversed_vnd:
        return PaymentState.REVERSED if committed_vnd + reversed_vnd >= amount_vnd else PaymentState.PARTLY_RETURNED
    if committed_vnd:
        return PaymentState.RETURNED if committed_vnd >= amount_vnd else PaymentState.PARTLY_RETURNED
    return PaymentState.RECEIVED


def _view(row: Any) -> PaymentView:
    payment, credit, committed_vnd, reversed_vnd, request, unassignment_id = row
    unassigned = unassignment_id is not None
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
        state=_state(payment.amount_vnd, committed_vnd, reversed_vnd, unassigned=unassigned),
        returned_vnd=0 if unassigned else committed_vnd + reversed_vnd,
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


def last_heard(session: Session, gateway: str) -> datetime | None:
    """When the gateway's newest message came."""
    # The day first, which the index knows: only its messages are looked at then.
    ours = GatewayMessage.gateway == gateway
    newest_day = select(func.max(GatewayMessage.received_day)).where(ours).scalar_subquery()
    statement = select(func.max(GatewayMessage.received_at)).where(ours, GatewayMessage.received_day == newest_day)
    return session.scalar(statement)


def last_receipt_number(session: Session, stall_id: int) -> int:
    """The number of the stall's newest payment; 0 when it has none."""
    head = session.get(StallChainHead, stall_id)
    return head.last_receipt_number if head is not None else 0
