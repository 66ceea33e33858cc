"""What must hold after every step, and at the end: our database against the model, and against the bank's books."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.database import database
from payments.recording.models import (
    Correction,
    Credit,
    Payment,
    PaymentBalance,
    PaymentRequest,
    Reversal,
    StallChainHead,
    StallDay,
    UnmatchedCredit,
)
from payments.refunds.models import Refund
from payments.verification.services import verify
from simbank import models as bank_models
from tests.simulation.model import KINDS, Model, Wrong
from tests.simulation.world import World

#: Up to so many credits everything is compared after every step, from there on after every so-many-th.
SMALL, THEN_EVERY = 60, 50


def check_step(world: World, number: int, verify_every: int = 1) -> None:
    """After step `number`; `payments verify` after every so-many-th. Raises `Wrong`."""
    with database().reading() as session:
        _check_sums(session, world.model)
        _check_numbers(session, world.model)
        _check_balances(session)
        _check_days(session, world.model)
        _check_requests(session, world)
        if len(world.model.credits) > SMALL and number % THEN_EVERY:
            return
        _check_everything(session, world.model)
    if number % verify_every == 0:
        _check_verified()


def check_end(world: World) -> None:
    """When the bank has said all that it has to say."""
    with database().reading() as session:
        _check_everything(session, world.model)
        _check_books(session, world)
        _check_settled(session, world)
    _check_verified()


def _check_verified() -> None:
    report = verify(database())
    if not report.sound:
        raise Wrong(f"verify finds {report.broken}: " + "; ".join(report.findings[:5]))


def _same(what: str, ours: Any, expected: Any) -> None:
    if ours != expected:
        raise Wrong(f"{what}: ours {_told(ours, expected)}, expected {_told(expected, ours)}")


def _told(some: Any, other: Any) -> Any:
    """What one has and the other has not."""
    if isinstance(some, dict) and isinstance(other, dict):
        return {key: value for key, value in some.items() if other.get(key) != value}
    return some


def _check_sums(session: Session, model: Model) -> None:
    """No credit more and none less than the bank was told, or would have been but for a killed process."""
    count, total = session.execute(select(func.count(), func.coalesce(func.sum(Credit.amount_vnd), 0))).one()
    _same("credits", (count, total), (len(model.credits), sum(one.vnd for one in model.credits.values())))
    unmatched = select(func.count()).select_from(UnmatchedCredit).where(UnmatchedCredit.payment_id.is_(None))
    _same("credits on the work list", session.scalar(unmatched), len(model.unmatched))


def _check_numbers(session: Session, model: Model) -> None:
    statement = select(
        Payment.stall_id,
        func.count(),
        func.count(Payment.receipt_number.distinct()),
        func.min(Payment.receipt_number),
        func.max(Payment.receipt_number),
    ).group_by(Payment.stall_id)
    found = {row[0]: tuple(row[1:]) for row in session.execute(statement)}
    expected = {stall: (len(them), len(them), 1, len(them)) for stall, them in model.payments.items() if them}
    _same("receipt numbers by stall", found, expected)
    heads = select(StallChainHead.stall_id, StallChainHead.last_receipt_number).where(
        StallChainHead.last_receipt_number > 0
    )
    _same("chain heads", dict(session.execute(heads).all()), {stall: one[0] for stall, one in expected.items()})


def _check_balances(session: Session) -> None:
    """Nothing gives back more than came in."""
    given = (
        select(Refund.payment_id, func.sum(Refund.amount_vnd).label("vnd"))
        .where(Refund.state != "refused")
        .group_by(Refund.payment_id)
        .subquery()
    )
    statement = (
        select(Payment.id, Payment.amount_vnd, given.c.vnd)
        .join(given, given.c.payment_id == Payment.id)
        .where(given.c.vnd > Payment.amount_vnd)
    )
    for payment_id, amount_vnd, refunded_vnd in session.execute(statement):
        raise Wrong(f"payment {payment_id} of {amount_vnd} was refunded {refunded_vnd}")


def _check_days(session: Session, model: Model) -> None:
    found = {}
    for row in session.scalars(select(StallDay)):
        sums = {kind: [getattr(row, f"{kind}_count"), getattr(row, f"{kind}_vnd")] for kind in KINDS}
        if any(count or total for count, total in sums.values()):
            found[row.stall_id, row.market_day] = sums
    expected = {key: sums for key, sums in model.days.items() if any(count or total for count, total in sums.values())}
    _same("days", found, expected)


def _check_requests(session: Session, world: World) -> None:
    now = world.now()
    found = {
        one.public_id: (one.state(now).value, one.received_vnd, one.late_vnd)
        for one in session.scalars(select(PaymentRequest))
    }
    expected = {one.public_id: (one.state(now), one.received_vnd, one.late_vnd) for one in _requests(world.model)}
    _same("payment requests", found, expected)


def _requests(model: Model) -> Iterable[Any]:
    return model.requests.values()


def _check_everything(session: Session, model: Model) -> None:
    """Each credit with its amount, each payment with its stall, number and what went back of it."""
    credits_ = dict(session.execute(select(Credit.external_id, Credit.amount_vnd)).all())
    _same("credits", credits_, {one.id: one.vnd for one in model.credits.values()})
    rows = session.execute(
        select(
            Payment.stall_id,
            Payment.receipt_number,
            Credit.external_id,
            Payment.amount_vnd,
            func.coalesce(PaymentBalance.committed_vnd, 0),
            func.coalesce(PaymentBalance.reversed_vnd, 0),
        )
        .join(Credit, Credit.id == Payment.credit_id)
        .outerjoin(PaymentBalance, PaymentBalance.payment_id == Payment.id)
    ).all()
    payments = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    expected = {
        (one.stall_id, one.number): (one.told.id, one.told.vnd, one.committed_vnd, one.reversed_vnd)
        for one in model.every_payment
    }
    _same("payments", payments, expected)
    open_ones = session.execute(
        select(Credit.external_id, UnmatchedCredit.reason)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.payment_id.is_(None))
    ).all()
    _same("the work list", dict(open_ones), dict(model.unmatched))
    refunds = {
        row[0]: tuple(row[1:]) for row in session.execute(select(Refund.request_id, Refund.amount_vnd, Refund.state))
    }
    _same("refunds", refunds, {key: (one.amount_vnd, one.state) for key, one in model.refunds.items()})
    booked = session.scalars(select(Reversal.bank_ref).where(Reversal.correction_id.is_not(None))).all()
    _same("reversals that are booked", Counter(booked), Counter(model.booked_reversals))


def _check_books(session: Session, world: World) -> None:
    """The bank's credits are ours, each once; its balances are what our records make of them."""
    with world.bank_session() as books:
        theirs = {one.id: one for one in books.scalars(select(bank_models.Credit))}
        rows = books.scalars(select(bank_models.Reversal))
        reversals = sorted((one.transfer.bank_ref, one.transfer.amount_vnd) for one in rows)
        numbers = {one.account_number for one in theirs.values()}
        accounts = books.scalars(select(bank_models.Account).where(bank_models.Account.number.in_(numbers)))
        balances = {one.number: one.balance_vnd for one in accounts}
    ours = Counter(session.scalars(select(Credit.external_id)))
    _same("credits and the bank's", dict(ours), dict.fromkeys(theirs, 1))
    kept = session.execute(select(Reversal.bank_ref, Reversal.amount_vnd)).all()
    _same("reversals and the bank's", sorted(map(tuple, kept)), reversals)
    expected: dict[str, int] = defaultdict(int)
    for external_id, amount_vnd in session.execute(select(Credit.external_id, Credit.amount_vnd)):
        expected[theirs[external_id].account_number] += amount_vnd
    refunds = select(Refund.credit_external_id, Correction.amount_vnd).join(
        Correction, Correction.id == Refund.correction_id
    )
    for statement in (refunds, select(Reversal.credit_external_id, Reversal.amount_vnd)):
        for external_id, amount_vnd in session.execute(statement):
            expected[theirs[external_id].account_number] -= amount_vnd
    for number, spent_vnd in world.spent_vnd.items():
        expected[number] -= spent_vnd
    _same("balances at the bank", balances, dict(expected))


def _check_settled(session: Session, world: World) -> None:
    """Every refund has the bank's last word, and that is the word of its books."""
    with world.bank_session() as books:
        theirs = {one.request_id: one.state for one in books.scalars(select(bank_models.Refund))}
    _same("refunds and the bank's", dict(session.execute(select(Refund.request_id, Refund.state)).all()), theirs)
    unbooked = session.scalars(select(Reversal.credit_external_id).where(Reversal.correction_id.is_(None))).all()
    _same("reversals that wait for a stall", set(unbooked) - set(world.model.unmatched), set())
