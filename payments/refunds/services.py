"""The only writers of refunds and of cash refunds.

A refund is written down and its money set aside before the bank is asked, so that two of them can never take more than
the payment together. The bank is asked outside of any unit of work. What it does not say stays unknown, and is asked
for again, until it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.audit.services import record
from core.database import database, unit_of_work
from core.errors import NotFound
from core.jobs.services import enqueue
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from core.web.errors import KeyReused
from payments.cash.errors import AlreadyNoted, NotedAndUndone, TooLateToUndo
from payments.container import PaymentsContainer, gateway
from payments.gateways.errors import RefundsUnsupported, UnknownGateway
from payments.gateways.port import RefundAnswer, RefundOutcome
from payments.recording.aliases import STATEMENT_ID
from payments.recording.booking import (
    CorrectionKind,
    NewCorrection,
    lock_chains,
    release,
    reserve,
    write_correction,
)
from payments.recording.models import Correction, Credit, CreditAlias, Payment, PaymentBalance
from payments.refunds.errors import MoreThanLeft
from payments.refunds.models import Refund, RefundState
from vendors.issuer import BankUnavailable
from vendors.stalls.models import Stall
from vendors.stalls.queries import place_of_stall, stall_by_id

#: The job that asks for one refund until its outcome is known.
POLL = "refunds.poll"
#: How long after it was last asked the bank is asked again for what it has not told.
ASK_AGAIN = timedelta(seconds=20)
#: How long the job waits after each time that it asked; after the last one it goes on like that.
POLL_AFTER = (
    ASK_AGAIN,
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
)
POLLED_AT_ONCE = 200

log = structlog.get_logger()


def order_refund(actor: Principal, payment_id: int, amount_vnd: int, reason: str, key: str) -> Refund:
    """Send a part of a payment back through its bank, or all of it; gives the refund as far as it has come.

    The same `key` of the same person orders one refund, however often it comes. Raises `NotFound`, `Forbidden`,
    `RefundsUnsupported`, `MoreThanLeft`, and `KeyReused` when the key stands for another refund.
    """
    refund = _ordered(actor, payment_id, amount_vnd, reason, _request_id(actor, key))
    return refund if refund.state in _SETTLED else poll_refund(refund)


@unit_of_work
def _ordered(
    session: Session, actor: Principal, payment_id: int, amount_vnd: int, reason: str, request_id: str
) -> Refund:
    payment, stall = _locked(session, actor, payment_id, Permission.PAYMENT_REFUND)
    refund = session.scalar(select(Refund).where(Refund.request_id == request_id))
    if refund is None:
        wanted = Refund(request_id=request_id, amount_vnd=amount_vnd, reason=reason)
        refund = _order(session, actor, payment, stall, wanted)
    elif (refund.payment_id, refund.amount_vnd, refund.reason) != (payment_id, amount_vnd, reason):
        raise KeyReused({"Idempotency-Key": [_("Use a new key for a new request.")]})
    return refund


_SETTLED = frozenset({RefundState.DONE, RefundState.REFUSED})


def _request_id(actor: Principal, key: str) -> str:
    return f"rf_{hashlib.sha256(f'{actor.user_id}:{key}'.encode()).hexdigest()[:28]}"


def _order(session: Session, actor: Principal, payment: Payment, stall: Stall, refund: Refund) -> Refund:
    credit = session.get_one(Credit, payment.credit_id)
    _refuse_unsupported(credit.gateway)
    if not reserve(session, payment, refund.amount_vnd):
        raise MoreThanLeft(left_vnd=_left_vnd(session, payment))
    refund.payment_id = payment.id
    refund.stall_id = stall.id
    refund.market_id = stall.market_id
    refund.gateway = credit.gateway
    refund.credit_external_id = _known_to_bank(session, credit)
    refund.state = RefundState.PENDING
    refund.requested_at = clock.now()
    refund.requested_by_id = actor.user_id
    session.add(refund)
    session.flush()
    enqueue(session, POLL, {"refund_id": refund.id}, key=f"{POLL} {refund.id}", run_at=refund.requested_at + ASK_AGAIN)
    after = {"amount_vnd": refund.amount_vnd, "receipt_number": payment.receipt_number, "stall": stall.code}
    subject = ("refund", refund.request_id)
    record(session, actor, "refund.order", subject, market_id=stall.market_id, after=after, reason=refund.reason)
    return refund


def _refuse_unsupported(name: str) -> None:
    if not PaymentsContainer.current().supports_refunds(name):
        raise RefundsUnsupported


def _known_to_bank(session: Session, credit: Credit) -> str:
    """The id that the bank itself gave: a credit that a statement brought may have got it later."""
    if not credit.external_id.startswith(STATEMENT_ID):
        return credit.external_id
    alias = select(CreditAlias.external_id).where(CreditAlias.credit_id == credit.id).order_by(CreditAlias.external_id)
    return session.scalars(alias).first() or credit.external_id


def _left_vnd(session: Session, payment: Payment) -> int:
    balance = session.get(PaymentBalance, payment.id)
    if balance is None:
        return payment.amount_vnd
    return 0 if balance.reversed_vnd else payment.amount_vnd - balance.committed_vnd


def poll_refund(refund: Refund) -> Refund:
    """Ask the bank for a refund that it has not spoken its last word on; gives the refund as it stands then."""
    try:
        answer = _ask(refund)
    except BankUnavailable:
        return _note_unknown(refund.id)
    return _book(refund.id, answer)


def next_poll(refund: Refund) -> timedelta:
    """How long to wait before the bank is asked again, by how often it was."""
    return POLL_AFTER[min(refund.asked_times, len(POLL_AFTER)) - 1]


def poll_refunds(limit: int = POLLED_AT_ONCE) -> tuple[int, int]:
    """Ask for every refund that was not asked for lately; gives how many are settled now, and how many are not."""
    settled = left = 0
    for refund in unsettled(clock.now() - ASK_AGAIN, limit):
        try:
            done = poll_refund(refund).state in _SETTLED
        except Exception:
            # One that goes wrong must not keep all others from being asked for.
            log.exception("refund_not_polled", refund=refund.request_id)
            done = False
        settled, left = (settled + 1, left) if done else (settled, left + 1)
    return settled, left


def unsettled(asked_before: datetime, limit: int) -> Sequence[Refund]:
    """Refunds without the bank's last word, oldest first, that were ordered and last asked for before a moment."""
    statement = (
        select(Refund)
        .where(
            Refund.state.in_((RefundState.PENDING, RefundState.UNKNOWN)),
            Refund.requested_at <= asked_before,
            (Refund.asked_at.is_(None)) | (Refund.asked_at <= asked_before),
        )
        # Whoever waited longest since the last question is next, so that hopeless ones do not stand before all others.
        .order_by(func.coalesce(Refund.asked_at, Refund.requested_at), Refund.id)
        .limit(limit)
    )
    with database().reading() as session:
        return session.scalars(statement).all()


def _ask(refund: Refund) -> RefundAnswer:
    """First whether the bank knows it, unless it was never sent: then, and if it does not, send it (again)."""
    try:
        bank = gateway(refund.gateway)
    except UnknownGateway as error:
        raise BankUnavailable from error
    if refund.asked_at is not None:
        answer = bank.find_refund(refund.request_id)
        if answer is not None:
            return answer
    return bank.refund(
        request_id=refund.request_id,
        credit_external_id=refund.credit_external_id,
        amount_vnd=refund.amount_vnd,
        reason=refund.reason,
    )


@unit_of_work
def _note_unknown(session: Session, refund_id: int) -> Refund:
    refund = session.scalars(select(Refund).where(Refund.id == refund_id).with_for_update()).one()
    if refund.state not in _SETTLED:
        refund.state = RefundState.UNKNOWN
        refund.asked_at = clock.now()
        refund.asked_times += 1
        log.warning("refund_unknown", refund=refund.request_id, asked_times=refund.asked_times)
    return refund


@unit_of_work
def _book(session: Session, refund_id: int, answer: RefundAnswer) -> Refund:
    """Write the bank's last word down, once, whoever hears it first."""
    stall_id, market_id = session.execute(select(Refund.stall_id, Refund.market_id).where(Refund.id == refund_id)).one()
    chain = lock_chains(session, {stall_id: market_id})[stall_id]
    refund = session.get_one(Refund, refund_id)
    if refund.state in _SETTLED:
        return refund
    moment = clock.now()
    if answer.outcome is RefundOutcome.DONE:
        correction = NewCorrection(
            session.get_one(Payment, refund.payment_id),
            CorrectionKind.REFUND,
            refund.amount_vnd,
            answer.booked_at or moment,
            refund.request_id,
            refund.requested_by_id,
        )
        booked = write_correction(session, chain, correction, moment)
        refund.state, refund.bank_ref, refund.correction_id = RefundState.DONE, answer.bank_ref, booked
    else:
        release(session, refund.payment_id, refund.amount_vnd)
        refund.state, refund.refusal = RefundState.REFUSED, answer.refusal
    refund.asked_at = refund.settled_at = moment
    refund.asked_times += 1
    return refund


@unit_of_work
def give_cash_refund(
    session: Session, actor: Principal, payment_id: int, amount_vnd: int, entry_key: str
) -> Correction:
    """Note that the vendor gave a part of a payment back in cash, or all of it.

    The same `entry_key` notes it once. Raises `NotFound`, `Forbidden`, `MoreThanLeft`, `AlreadyNoted` when the key
    stands for another amount, and `NotedAndUndone` when it stands for a note that was taken back.
    """
    source = f"{payment_id} {entry_key}"
    payment, stall = _locked(session, actor, payment_id, Permission.CASH_RECORD)
    earlier = _by_source(session, CorrectionKind.CASH_REFUND, source)
    if earlier is not None:
        if earlier.amount_vnd != amount_vnd:
            raise AlreadyNoted
        if _undo_of(session, earlier) is not None:
            raise NotedAndUndone
        return earlier
    if not reserve(session, payment, amount_vnd):
        raise MoreThanLeft(left_vnd=_left_vnd(session, payment))
    moment = clock.now()
    chain = lock_chains(session, {stall.id: stall.market_id})[stall.id]
    new = NewCorrection(payment, CorrectionKind.CASH_REFUND, amount_vnd, moment, source, actor.user_id)
    return session.get_one(Correction, write_correction(session, chain, new, moment))


@unit_of_work
def undo_cash_refund(session: Session, actor: Principal, correction_id: int) -> None:
    """Undo a cash refund that was noted today, by an entry of its own; once, however often it is asked for.

    Raises `NotFound`, `Forbidden`, `TooLateToUndo`.
    """
    noted = session.get(Correction, correction_id)
    if noted is None or noted.kind != CorrectionKind.CASH_REFUND:
        raise NotFound
    payment, stall = _locked(session, actor, noted.payment_id, Permission.CASH_RECORD)
    if _undo_of(session, noted) is not None:
        return
    moment = clock.now()
    if noted.market_day != clock.market_day(moment):
        raise TooLateToUndo
    chain = lock_chains(session, {stall.id: stall.market_id})[stall.id]
    kind = CorrectionKind.CASH_REFUND_UNDONE
    new = NewCorrection(payment, kind, noted.amount_vnd, moment, _undoing(noted), actor.user_id)
    release(session, payment.id, noted.amount_vnd)
    write_correction(session, chain, new, moment)


def _locked(session: Session, actor: Principal, payment_id: int, permission: Permission) -> tuple[Payment, Stall]:
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    stall = stall_by_id(session, payment.stall_id)
    actor.require(permission, place_of_stall(stall))
    lock_chains(session, {stall.id: stall.market_id})
    return payment, stall


def _undoing(noted: Correction) -> str:
    return f"correction {noted.id}"


def _undo_of(session: Session, noted: Correction) -> Correction | None:
    return _by_source(session, CorrectionKind.CASH_REFUND_UNDONE, _undoing(noted))


def _by_source(session: Session, kind: CorrectionKind, source: str) -> Correction | None:
    return session.scalar(select(Correction).where(Correction.kind == kind, Correction.source == source))
