"""What people decide about recorded money: whose an unmatched credit is, and that they were wrong about it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.audit.services import record
from core.database import after_commit, unit_of_work
from core.errors import NotFound
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from payments.container import recorder
from payments.recording import reversals
from payments.recording.booking import (
    CorrectionKind,
    NewCorrection,
    NewPayment,
    NewUnmatched,
    lock_chains,
    reserve,
    write_correction,
    write_payments,
    write_unmatched,
)
from payments.recording.locks import exclusive_recording_lock
from payments.recording.models import Credit, Payment, Reversal, UnmatchedCredit
from payments.recording.ownership import Match, MatchedBy, UnmatchedBecause
from payments.recording.queries import PaymentView, find_payment
from payments.unmatched.errors import (
    AlreadyAssigned,
    AlreadyUnassigned,
    MoneyWentBack,
    NotAssignedByPerson,
    StallNotApproved,
)
from payments.unmatched.queries import concerns
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import place_of_stall, stall_by_code, stall_by_id


@unit_of_work
def assign(session: Session, actor: Principal, credit_id: int, stall_code: str, reason: str) -> PaymentView:
    """Give an unmatched credit to a stall: it becomes the stall's next payment.

    Raises `NotFound` or `Forbidden` for a credit or a stall outside the actor's grants, `AlreadyAssigned`,
    `StallNotApproved`.
    """
    exclusive_recording_lock(session)
    waiting, credit = _open_credit(session, actor, credit_id)
    stall = stall_by_code(session, stall_code)
    actor.require(Permission.UNMATCHED_ASSIGN, place_of_stall(stall))
    if stall.status == StallStatus.PENDING:
        raise StallNotApproved
    payment = _book(session, waiting, credit, stall)
    waiting.payment_id = payment.id
    waiting.assigned_at = payment.recorded_at
    waiting.assigned_by_id = actor.user_id
    waiting.assigned_because = reason
    session.flush()
    after = {"stall": stall.code, "receipt_number": payment.receipt_number, "amount_vnd": credit.amount_vnd}
    subject = ("credit", credit.id)
    record(session, actor, "unmatched.assign", subject, market_id=stall.market_id, after=after, reason=reason)
    after_commit(session, recorder().tell)
    return _view(session, payment.id)


@unit_of_work
def unassign(session: Session, actor: Principal, payment_id: int, reason: str) -> None:
    """Take an assignment back by an entry of its own: the credit is on the work list again.

    Raises `NotFound`, `Forbidden`, `NotAssignedByPerson`, `AlreadyUnassigned`, and `MoneyWentBack` when some of it did.
    """
    exclusive_recording_lock(session)
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    stall = stall_by_id(session, payment.stall_id)
    actor.require(Permission.UNMATCHED_ASSIGN, place_of_stall(stall))
    if payment.matched_by != MatchedBy.PERSON:
        raise NotAssignedByPerson
    chain = lock_chains(session, {stall.id: stall.market_id})[stall.id]
    if reversals.standing_payments(session, [payment.credit_id]).get(payment.credit_id) is not payment:
        raise AlreadyUnassigned
    if not reserve(session, payment, payment.amount_vnd):
        raise MoneyWentBack
    moment = clock.now()
    correction = NewCorrection(
        payment,
        CorrectionKind.UNASSIGNMENT,
        payment.amount_vnd,
        moment,
        f"payment {payment.id}",
        actor.user_id,
        market_day=payment.market_day,
    )
    write_correction(session, chain, correction, moment)
    digest = session.get_one(Credit, payment.credit_id).digest
    again = NewUnmatched(payment.credit_id, digest, UnmatchedBecause.UNASSIGNED, payment.assignment + 1)
    write_unmatched(session, [again], moment)
    before = {"stall": stall.code, "receipt_number": payment.receipt_number, "amount_vnd": payment.amount_vnd}
    subject = ("credit", payment.credit_id)
    record(session, actor, "unmatched.unassign", subject, market_id=stall.market_id, before=before, reason=reason)
    after_commit(session, recorder().tell)


def _open_credit(session: Session, actor: Principal, credit_id: int) -> tuple[UnmatchedCredit, Credit]:
    actor.require(Permission.UNMATCHED_ASSIGN)
    grants = actor.grants_for(Permission.UNMATCHED_ASSIGN)
    if not concerns(session, grants, credit_id):
        raise NotFound
    waiting = session.scalar(
        select(UnmatchedCredit)
        .where(UnmatchedCredit.credit_id == credit_id, UnmatchedCredit.payment_id.is_(None))
        .with_for_update()
    )
    if waiting is None:
        raise AlreadyAssigned
    return waiting, session.get_one(Credit, credit_id)


def _book(session: Session, waiting: UnmatchedCredit, credit: Credit, stall: Stall) -> Payment:
    """Write the payment, with what the bank took back of it in the meantime."""
    moment = clock.now()
    chains = lock_chains(session, {stall.id: stall.market_id})
    found = Match(stall.id, stall.market_id, MatchedBy.PERSON)
    new = NewPayment(credit.id, credit.digest, credit.amount_vnd, credit.paid_at, found, waiting.assignment)
    write_payments(session, chains, [new], moment)
    payment = session.scalars(
        select(Payment).where(Payment.credit_id == credit.id, Payment.assignment == waiting.assignment)
    ).one()
    taken_back = session.scalars(
        select(Reversal).where(Reversal.credit_id == credit.id, Reversal.correction_id.is_(None))
    ).all()
    reversals.apply(session, chains, taken_back, {credit.id: payment}, moment)
    return payment


def _view(session: Session, payment_id: int) -> PaymentView:
    found = find_payment(session, payment_id)
    assert found is not None
    return found
