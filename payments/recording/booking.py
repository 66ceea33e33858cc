"""Booking on stalls: numbers, chains, days' totals. Whoever changes a stall's money first locks its chain head here.

The order of the locks is the same for everybody: the recording lock, credits by their key, chain heads by stall, days
by stall and day, the work list. The stalls of codes are locked before those that are found otherwise, and new chain
heads between the two. The rare deadlock that this still allows is broken by the database, and the group is recorded
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.database import upsert
from payments.recording.bulk import portions
from payments.recording.chain import (
    CorrectionLink,
    Link,
    first_correction_digest,
    first_digest,
    first_unmatched_digest,
    next_correction_digest,
    next_digest,
)
from payments.recording.models import (
    Correction,
    Payment,
    PaymentBalance,
    PaymentRequest,
    StallChainHead,
    StallDay,
    UnmatchedChainHead,
    UnmatchedCredit,
)
from payments.recording.ownership import Match
from payments.recording.rows import Rows
from payments.recording.rows.shapes import ChainHeadRow, ChainRow, PaymentRow


class CorrectionKind(StrEnum):
    """Why money of a payment went back."""

    REFUND = "refund"
    REVERSAL = "reversal"
    CASH_REFUND = "cash_refund"
    CASH_REFUND_UNDONE = "cash_refund_undone"
    UNASSIGNMENT = "unassignment"


#: The columns of a day's totals that a correction changes, and by which sign.
_DAY_COLUMNS: Mapping[CorrectionKind, tuple[str, int]] = {
    CorrectionKind.REFUND: ("refunds", 1),
    CorrectionKind.REVERSAL: ("reversals", 1),
    CorrectionKind.CASH_REFUND: ("cash_refund", 1),
    CorrectionKind.CASH_REFUND_UNDONE: ("cash_refund", -1),
    CorrectionKind.UNASSIGNMENT: ("payments", -1),
}


@dataclass(slots=True)
class Chain:
    """Where a stall's chains stand while its chain head is locked."""

    stall_id: int
    market_id: int
    last_receipt_number: int
    last_digest: bytes
    last_correction_number: int
    #: None before the first correction.
    last_correction_digest: bytes | None


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A credit with the stall that it is booked to; `assignment` is its place on the work list it came from, else 0."""

    credit_id: int
    digest: bytes
    amount_vnd: int
    paid_at: datetime
    match: Match
    assignment: int = 0


@dataclass(frozen=True, slots=True)
class NewUnmatched:
    """A credit for the work list."""

    credit_id: int
    digest: bytes
    reason: str
    assignment: int = 0


def lock_chains(
    session: Session, markets: Mapping[int, int], locked: Mapping[int, ChainHeadRow] | None = None
) -> dict[int, Chain]:
    """The chains of these stalls (each with its market), locked in sorted order until the transaction ends.

    Missing chain heads are inserted before anything is locked, so that nobody holds one while waiting for another to be
    inserted. `locked` are chain heads that this transaction holds already.
    """
    held = locked or {}
    chains = {stall_id: _chain(held[stall_id]) for stall_id in markets if stall_id in held}
    rest = {stall_id: market_id for stall_id, market_id in markets.items() if stall_id not in held}
    if rest:
        _begin_missing(session, rest)
        chains |= {row.stall_id: _chain(row) for row in Rows(session).lock_chain_heads(sorted(rest))}
    return chains


def _chain(row: ChainHeadRow) -> Chain:
    return Chain(
        row.stall_id,
        row.market_id,
        row.last_receipt_number,
        row.last_digest,
        row.last_correction_number,
        row.last_correction_digest,
    )


def _begin_missing(session: Session, markets: Mapping[int, int]) -> None:
    known: set[int] = set()
    for stall_ids in portions(sorted(markets)):
        known.update(session.scalars(select(StallChainHead.stall_id).where(StallChainHead.stall_id.in_(stall_ids))))
    missing = sorted(set(markets) - known)
    if missing:
        session.execute(
            upsert(session, StallChainHead).on_conflict_do_nothing(),
            [
                {
                    "stall_id": stall_id,
                    "market_id": markets[stall_id],
                    "last_receipt_number": 0,
                    "last_digest": first_digest(stall_id),
                }
                for stall_id in missing
            ],
        )


def write_payments(
    session: Session, chains: Mapping[int, Chain], new: Sequence[NewPayment], recorded_at: datetime
) -> None:
    """Book payments on stalls whose chains are locked: number and chain them, add them to the days and the requests."""
    if not new:
        return
    late = _late_ones(session, new)
    rows = []
    for one in new:
        chain = chains[one.match.stall_id]
        chain.last_receipt_number += 1
        link = Link(chain.stall_id, chain.last_receipt_number, one.digest, recorded_at)
        chain.last_digest = next_digest(chain.last_digest, link)
        rows.append(_payment_row(one, chain, late=one.credit_id in late))
    ended = (chains[stall_id] for stall_id in sorted({one.match.stall_id for one in new}))
    saved = [ChainRow(c.stall_id, c.market_id, c.last_receipt_number, c.last_digest) for c in ended]
    Rows(session).write_payments(rows, saved, recorded_at)
    _add_to_requests(session, new, late)


def _payment_row(one: NewPayment, chain: Chain, *, late: bool) -> PaymentRow:
    return PaymentRow(
        one.credit_id,
        chain.stall_id,
        chain.market_id,
        chain.last_receipt_number,
        one.amount_vnd,
        one.paid_at,
        clock.market_day(one.paid_at),
        one.match.by.value,
        one.match.request_id,
        late,
        one.assignment,
        chain.last_digest,
    )


def _late_ones(session: Session, new: Sequence[NewPayment]) -> set[int]:
    """The credits paid when their request had ended; a request ends under its stall's lock, so it stays so."""
    wanted = {one.match.request_id for one in new if one.match.request_id is not None}
    if not wanted:
        return set()
    statement = select(PaymentRequest).where(PaymentRequest.id.in_(wanted))
    ends = {request.id: request.ends_at for request in session.scalars(statement)}
    return {one.credit_id for one in new if one.match.request_id and one.paid_at >= ends[one.match.request_id]}


def _add_to_requests(session: Session, new: Sequence[NewPayment], late: set[int]) -> None:
    for one in sorted((n for n in new if n.match.request_id is not None), key=lambda n: n.match.request_id or 0):
        prefix = "late" if one.credit_id in late else "received"
        counts, sums = getattr(PaymentRequest, f"{prefix}_count"), getattr(PaymentRequest, f"{prefix}_vnd")
        session.execute(
            update(PaymentRequest)
            .where(PaymentRequest.id == one.match.request_id)
            .values({counts: counts + 1, sums: sums + one.amount_vnd})
            .execution_options(synchronize_session=False)
        )


def write_unmatched(session: Session, new: Sequence[NewUnmatched], recorded_at: datetime) -> None:
    """Put credits on the work list: number and chain them."""
    if not new:
        return
    session.execute(
        upsert(session, UnmatchedChainHead)
        .values(id=1, last_number=0, last_digest=first_unmatched_digest())
        .on_conflict_do_nothing()
    )
    # By columns: the row may lie in the session as an older statement of the same transaction left it.
    number, digest = session.execute(
        select(UnmatchedChainHead.last_number, UnmatchedChainHead.last_digest).with_for_update()
    ).one()
    rows = []
    for one in new:
        number += 1
        digest = next_digest(digest, Link(0, number, one.digest, recorded_at))
        rows.append(
            {
                "credit_id": one.credit_id,
                "assignment": one.assignment,
                "number": number,
                "reason": one.reason,
                "recorded_at": recorded_at,
                "digest": digest,
            }
        )
    session.execute(upsert(session, UnmatchedCredit), rows)
    session.execute(
        update(UnmatchedChainHead)
        .values(last_number=number, last_digest=digest)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """Money of a payment that goes back. `source` is what it is made from, once for each kind.

    `market_day` is the day whose totals change: that of `happened_at` when it is left out.
    """

    payment: Payment
    kind: CorrectionKind
    amount_vnd: int
    happened_at: datetime
    source: str
    recorded_by_id: int | None = None
    market_day: date | None = None


def write_correction(session: Session, chain: Chain, new: NewCorrection, recorded_at: datetime) -> int:
    """Book a correction on a stall whose chain is locked; gives its id. `reserve` or `take_back` said yes before."""
    assert chain.stall_id == new.payment.stall_id
    chain.last_correction_number += 1
    link = CorrectionLink(
        chain.stall_id,
        chain.last_correction_number,
        new.payment.digest,
        new.kind.value,
        new.amount_vnd,
        new.happened_at,
        new.source,
        recorded_at,
    )
    previous = chain.last_correction_digest or first_correction_digest(chain.stall_id)
    chain.last_correction_digest = next_correction_digest(previous, link)
    day = new.market_day or clock.market_day(new.happened_at)
    row = {
        "payment_id": new.payment.id,
        "stall_id": chain.stall_id,
        "market_id": chain.market_id,
        "number": chain.last_correction_number,
        "kind": new.kind.value,
        "amount_vnd": new.amount_vnd,
        "happened_at": new.happened_at,
        "market_day": day,
        "recorded_at": recorded_at,
        "recorded_by_id": new.recorded_by_id,
        "source": new.source,
        "digest": chain.last_correction_digest,
    }
    correction_id: int = session.execute(upsert(session, Correction).returning(Correction.id), row).scalar_one()
    session.execute(
        update(StallChainHead)
        .where(StallChainHead.stall_id == chain.stall_id)
        .values(
            last_correction_number=chain.last_correction_number, last_correction_digest=chain.last_correction_digest
        )
        .execution_options(synchronize_session=False)
    )
    _correct_day(session, chain, day, new)
    return correction_id


def _correct_day(session: Session, chain: Chain, day: date, new: NewCorrection) -> None:
    column, sign = _DAY_COLUMNS[new.kind]
    # In two steps: a row to be inserted is checked before it conflicts, and what takes back could not stand alone.
    begun = upsert(session, StallDay).values(stall_id=chain.stall_id, market_day=day, market_id=chain.market_id)
    session.execute(begun.on_conflict_do_nothing())
    count, total = getattr(StallDay, f"{column}_count"), getattr(StallDay, f"{column}_vnd")
    session.execute(
        update(StallDay)
        .where(StallDay.stall_id == chain.stall_id, StallDay.market_day == day)
        .values({count: count + sign, total: total + sign * new.amount_vnd})
        .execution_options(synchronize_session=False)
    )


def reserve(session: Session, payment: Payment, amount_vnd: int) -> bool:
    """Set a part of a payment aside to go back; False when less than that is left, or the bank took some back itself.

    The stall's chain head is locked. `release` undoes it.
    """
    _begin_balance(session, payment)
    statement = (
        update(PaymentBalance)
        .where(
            PaymentBalance.payment_id == payment.id,
            PaymentBalance.committed_vnd + amount_vnd <= PaymentBalance.payment_vnd,
            PaymentBalance.reversed_vnd == 0,
        )
        .values(committed_vnd=PaymentBalance.committed_vnd + amount_vnd)
        .execution_options(synchronize_session=False)
    )
    return _changed_one(session, statement)


def release(session: Session, payment_id: int, amount_vnd: int) -> None:
    """Release what `reserve` set aside."""
    session.execute(
        update(PaymentBalance)
        .where(PaymentBalance.payment_id == payment_id)
        .values(committed_vnd=PaymentBalance.committed_vnd - amount_vnd)
        .execution_options(synchronize_session=False)
    )


def take_back(session: Session, payment: Payment, amount_vnd: int) -> bool:
    """Note what the bank took back by itself, whatever else went back; False when that is more than was paid."""
    _begin_balance(session, payment)
    statement = (
        update(PaymentBalance)
        .where(
            PaymentBalance.payment_id == payment.id,
            PaymentBalance.reversed_vnd + amount_vnd <= PaymentBalance.payment_vnd,
        )
        .values(reversed_vnd=PaymentBalance.reversed_vnd + amount_vnd)
        .execution_options(synchronize_session=False)
    )
    return _changed_one(session, statement)


def _begin_balance(session: Session, payment: Payment) -> None:
    begun = upsert(session, PaymentBalance).values(payment_id=payment.id, payment_vnd=payment.amount_vnd)
    session.execute(begun.on_conflict_do_nothing())


def _changed_one(session: Session, statement: Any) -> bool:
    changed: int = session.execute(statement).rowcount  # type: ignore[attr-defined]
    return changed == 1
