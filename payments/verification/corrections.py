"""What went back: chained per stall, never more than was paid, and in agreement with refunds and reversals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import String, case, cast, func, literal, or_, select, union
from sqlalchemy.orm import Session, aliased

from core import clock
from payments.recording.booking import CorrectionKind
from payments.recording.chain import CorrectionLink, first_correction_digest, next_correction_digest
from payments.recording.models import (
    Correction,
    Credit,
    CreditAlias,
    Payment,
    PaymentBalance,
    Reversal,
    StallChainHead,
    UnmatchedCredit,
)
from payments.refunds.models import Refund, RefundState
from payments.verification.ranges import Range
from payments.verification.report import Report, stream
from vendors.stalls.models import Stall

#: By stall and day: what each kind of correction adds up to, as (count, đồng).
WentBack: TypeAlias = dict[int, dict[date, dict[str, tuple[int, int]]]]

K = CorrectionKind


def check(session: Session, report: Report) -> None:
    """Check everything about corrections but their sums, which are part of the days' totals."""
    _check_chains(session, report)
    _check_balances(session, report)
    _check_refunds(session, report)
    _check_reversals(session, report)
    _check_undone(session, report)


def _check_chains(session: Session, report: Report) -> None:
    heads = {
        row.stall_id: (row.last_correction_number, row.last_correction_digest)
        for row in session.execute(
            select(
                StallChainHead.stall_id, StallChainHead.last_correction_number, StallChainHead.last_correction_digest
            )
        )
    }
    codes = {row.id: row.code for row in session.execute(select(Stall.id, Stall.code))}
    statement = (
        select(
            Correction,
            Payment.digest.label("payment_digest"),
            Payment.stall_id.label("payment_stall_id"),
            Payment.market_day.label("payment_day"),
        )
        .join(Payment, Payment.id == Correction.payment_id)
        .order_by(Correction.stall_id, Correction.number)
    )
    for stall_id, rows in groupby(stream(session, statement), key=lambda row: row.Correction.stall_id):
        number, digest = 0, first_correction_digest(stall_id)
        for row in rows:
            report.corrections += 1
            one: Correction = row.Correction
            where = f"stall {codes.get(stall_id)}, correction {one.number}"
            if one.number != number + 1:
                report.find(f"{where}: follows correction {number}; numbers are missing or repeated")
            if next_correction_digest(digest, _link(row)) != one.digest:
                report.find(f"{where}: the chain is broken; this correction or one before it was changed")
            number, digest = one.number, one.digest
            _check_one(report, where, row)
        stands_at = heads.pop(stall_id, (0, None))
        if stands_at != (number, digest):
            report.find(
                f"stall {codes.get(stall_id)}: the chain head stands at correction {stands_at[0]}, "
                f"the corrections at {number}; one was removed or added by the side"
            )
    for stall_id, (number, _digest) in heads.items():
        if number:
            report.find(f"stall {codes.get(stall_id)}: the chain head counts corrections that are not there")


def _link(row: Any) -> CorrectionLink:
    one: Correction = row.Correction
    return CorrectionLink(
        one.stall_id,
        one.number,
        row.payment_digest,
        one.kind,
        one.amount_vnd,
        one.happened_at,
        one.source,
        one.recorded_at,
    )


def _check_one(report: Report, where: str, row: Any) -> None:
    one: Correction = row.Correction
    if one.stall_id != row.payment_stall_id:
        report.find(f"{where}: its payment is of another stall")
    if one.kind not in list(K):
        report.find(f"{where}: {one.kind} is no kind of correction")
    expected = row.payment_day if one.kind == K.UNASSIGNMENT else clock.market_day(one.happened_at)
    if one.kind != K.CASH_REFUND_UNDONE and one.market_day != expected:
        report.find(f"{where}: counted on {one.market_day}, happened on {expected}")


def _check_balances(session: Session, report: Report) -> None:
    """What is set aside of a payment is what was, or may yet be, given back of it; and never more than was paid."""
    sign = case(
        (Correction.kind == K.REVERSAL, 0),
        # What a refund takes is set aside from its order on, and counted from there.
        (Correction.kind == K.REFUND, 0),
        (Correction.kind == K.CASH_REFUND_UNDONE, -1),
        else_=1,
    )
    corrected = (
        select(
            Correction.payment_id,
            func.sum(sign * Correction.amount_vnd).label("held"),
            func.sum(case((Correction.kind == K.REVERSAL, Correction.amount_vnd), else_=0)).label("reversed"),
        )
        .group_by(Correction.payment_id)
        .subquery()
    )
    ordered = (
        select(Refund.payment_id, func.sum(Refund.amount_vnd).label("held"))
        .where(Refund.state != RefundState.REFUSED)
        .group_by(Refund.payment_id)
        .subquery()
    )
    touched = union(
        select(PaymentBalance.payment_id), select(Correction.payment_id), select(Refund.payment_id)
    ).subquery()
    held = func.coalesce(corrected.c.held, 0) + func.coalesce(ordered.c.held, 0)
    taken = func.coalesce(corrected.c.reversed, 0)
    statement = (
        select(
            Payment.id,
            Payment.amount_vnd,
            func.coalesce(PaymentBalance.payment_vnd, Payment.amount_vnd),
            func.coalesce(PaymentBalance.committed_vnd, 0),
            func.coalesce(PaymentBalance.reversed_vnd, 0),
            held,
            taken,
        )
        .join(touched, touched.c.payment_id == Payment.id)
        .outerjoin(PaymentBalance, PaymentBalance.payment_id == Payment.id)
        .outerjoin(corrected, corrected.c.payment_id == Payment.id)
        .outerjoin(ordered, ordered.c.payment_id == Payment.id)
        .where(
            or_(
                func.coalesce(PaymentBalance.committed_vnd, 0) != held,
                func.coalesce(PaymentBalance.reversed_vnd, 0) != taken,
                PaymentBalance.payment_vnd != Payment.amount_vnd,
                held > Payment.amount_vnd,
            )
        )
    )
    for payment_id, amount, noted, committed_vnd, reversed_vnd, expected, taken_vnd in stream(session, statement):
        report.find(
            f"payment {payment_id} of {amount} đồng: its balance says {noted} paid, {committed_vnd} committed and "
            f"{reversed_vnd} reversed; refunds, cash refunds and reversals add up to {expected} and {taken_vnd}"
        )


def _check_refunds(session: Session, report: Report) -> None:
    """A refund is booked when, and only when, the bank said that it is done."""
    statement = (
        select(Refund.request_id, Refund.state)
        .outerjoin(Correction, Correction.id == Refund.correction_id)
        .where(
            or_(
                (Refund.state == RefundState.DONE) & Correction.id.is_(None),
                Correction.id.is_not(None)
                & or_(
                    Refund.state != RefundState.DONE,
                    Correction.kind != K.REFUND,
                    Correction.source != Refund.request_id,
                    Correction.amount_vnd != Refund.amount_vnd,
                    Correction.payment_id != Refund.payment_id,
                ),
            )
        )
    )
    for request_id, state in session.execute(statement):
        report.find(f"refund {request_id}: is {state}, and what is booked for it does not fit")
    elsewhere = (
        select(Refund.request_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Credit, Credit.id == Payment.credit_id)
        .outerjoin(CreditAlias, CreditAlias.credit_id == Credit.id)
        .where(
            or_(
                Refund.gateway != Credit.gateway,
                Refund.credit_external_id.not_in(
                    (Credit.external_id, func.coalesce(CreditAlias.external_id, Credit.external_id))
                ),
                Refund.stall_id != Payment.stall_id,
            )
        )
    )
    for request_id in session.scalars(elsewhere):
        report.find(f"refund {request_id}: is not of the credit that its payment is")
    _check_source(session, report, K.REFUND, Refund.correction_id)


def _check_reversals(session: Session, report: Report) -> None:
    statement = (
        select(Reversal.gateway, Reversal.external_id)
        .join(Correction, Correction.id == Reversal.correction_id)
        .join(Payment, Payment.id == Correction.payment_id)
        .where(
            or_(
                Correction.kind != K.REVERSAL,
                Correction.amount_vnd != Reversal.amount_vnd,
                Correction.source != Reversal.gateway + "/" + Reversal.external_id,
                Correction.happened_at != Reversal.booked_at,
                Payment.credit_id != Reversal.credit_id,
                Reversal.credit_id.is_(None),
            )
        )
    )
    for gateway, external_id in session.execute(statement):
        report.find(f"reversal {gateway}/{external_id}: what is booked for it does not fit")
    elsewhere = (
        select(Reversal.gateway, Reversal.external_id)
        .join(Credit, Credit.id == Reversal.credit_id)
        .outerjoin(CreditAlias, CreditAlias.credit_id == Credit.id)
        .where(
            or_(
                Reversal.gateway != Credit.gateway,
                Reversal.credit_external_id.not_in(
                    (Credit.external_id, func.coalesce(CreditAlias.external_id, Credit.external_id))
                ),
            )
        )
    )
    for gateway, external_id in session.execute(elsewhere):
        report.find(f"reversal {gateway}/{external_id}: is not of the credit that it names")
    _check_source(session, report, K.REVERSAL, Reversal.correction_id)
    _check_forgotten(session, report)


def _check_forgotten(session: Session, report: Report) -> None:
    """A reversal waits only for a credit that is not here, for a stall, or because more went back than was paid."""
    unassignment = aliased(Correction)
    unknown = (
        select(Reversal.gateway, Reversal.external_id)
        .join(name, (name.gateway == Reversal.gateway) & (name.external_id == Reversal.credit_external_id))
        .where(Reversal.credit_id.is_(None))
        for name in (Credit, CreditAlias)
    )
    unbooked = (
        select(Reversal.gateway, Reversal.external_id)
        .join(Payment, Payment.credit_id == Reversal.credit_id)
        .outerjoin(PaymentBalance, PaymentBalance.payment_id == Payment.id)
        .outerjoin(
            unassignment,
            (unassignment.payment_id == Payment.id) & (unassignment.kind == K.UNASSIGNMENT),
        )
        .outerjoin(
            UnmatchedCredit,
            (UnmatchedCredit.credit_id == Reversal.credit_id) & UnmatchedCredit.payment_id.is_(None),
        )
        .where(
            Reversal.correction_id.is_(None),
            unassignment.id.is_(None),
            UnmatchedCredit.credit_id.is_(None),
            func.coalesce(PaymentBalance.reversed_vnd, 0) + Reversal.amount_vnd <= Payment.amount_vnd,
        )
    )
    for statement in (*unknown, unbooked):
        for gateway, external_id in session.execute(statement):
            report.find(f"reversal {gateway}/{external_id}: was not booked on the payment that is here")


def _check_source(session: Session, report: Report, kind: CorrectionKind, made_from: Any) -> None:
    """No correction of a kind without what it says it was made from."""
    known = select(made_from).where(made_from.is_not(None))
    statement = select(Correction.stall_id, Correction.number).where(
        Correction.kind == kind, Correction.id.not_in(known)
    )
    for stall_id, number in session.execute(statement):
        report.find(f"stall #{stall_id}, correction {number}: there is no {kind} behind it")


def _check_undone(session: Session, report: Report) -> None:
    """A cash refund is undone at most once, as a whole, on its own day."""
    undone = aliased(Correction)
    statement = (
        select(undone.stall_id, undone.number)
        .outerjoin(
            Correction,
            (Correction.kind == K.CASH_REFUND)
            & (Correction.stall_id == undone.stall_id)
            & (undone.source == literal("correction ") + cast(Correction.id, String)),
        )
        .where(
            undone.kind == K.CASH_REFUND_UNDONE,
            or_(
                Correction.id.is_(None),
                Correction.amount_vnd != undone.amount_vnd,
                Correction.payment_id != undone.payment_id,
                Correction.market_day != undone.market_day,
            ),
        )
    )
    for stall_id, number in session.execute(statement):
        report.find(f"stall #{stall_id}, correction {number}: undoes something that does not fit it")


def went_back(session: Session, within: Range) -> WentBack:
    """What the corrections of some stalls add up to."""
    statement = (
        select(
            Correction.stall_id,
            Correction.market_day,
            Correction.kind,
            func.count(),
            func.sum(Correction.amount_vnd),
        )
        .where(within.holds(Correction.stall_id))
        .group_by(Correction.stall_id, Correction.market_day, Correction.kind)
    )
    found: WentBack = {}
    for stall_id, day, kind, count, vnd in session.execute(statement):
        found.setdefault(stall_id, {}).setdefault(day, {})[kind] = (int(count), int(vnd))
    return found


def day_sums(days: Mapping[date, Mapping[str, tuple[int, int]]], day: date) -> dict[str, tuple[int, int]]:
    """Of one stall and day: (count, đồng) of refunds, reversals, cash_refund, and of payments that were unassigned."""
    kinds: Mapping[str, tuple[int, int]] = days.get(day, {})

    def of(kind: CorrectionKind) -> tuple[int, int]:
        return kinds.get(kind, (0, 0))

    back, undone = of(K.CASH_REFUND), of(K.CASH_REFUND_UNDONE)
    return {
        "refunds": of(K.REFUND),
        "reversals": of(K.REVERSAL),
        "cash_refund": (back[0] - undone[0], back[1] - undone[1]),
        "unassigned": of(K.UNASSIGNMENT),
    }
