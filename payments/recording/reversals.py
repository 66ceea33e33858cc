"""Reversals find their credits and are booked on their stalls, in whichever order the three come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import upsert
from payments.gateways.port import ReportedReversal
from payments.recording.aliases import STATEMENT_ID, by_gateway
from payments.recording.booking import Chain, CorrectionKind, NewCorrection, take_back, write_correction
from payments.recording.bulk import portions
from payments.recording.facts import REVERSAL_NAMES, reversal_digest, reversal_values
from payments.recording.models import Credit, CreditAlias, Payment, Reversal, ReversalConflict, UnmatchedCredit
from payments.recording.rows.shapes import CreditKey

log = structlog.get_logger()


def find_waiting(session: Session, credits_: Collection[CreditKey]) -> list[Reversal]:
    """The reversals that wait for one of these credits."""
    found: list[Reversal] = []
    for gateway, ids in by_gateway(credits_):
        statement = select(Reversal).where(
            Reversal.gateway == gateway, Reversal.credit_external_id.in_(ids), Reversal.credit_id.is_(None)
        )
        found.extend(session.scalars(statement))
    return found


def write_reversals(
    session: Session, gateway: str, reversals: Sequence[ReportedReversal], message_id: int | None, recorded_at: datetime
) -> set[str]:
    """Write down what a bank took back, once each; gives the ids of those that are new."""
    if not reversals:
        return set()
    rows = {
        one.external_id: dict(zip(REVERSAL_NAMES, (gateway, *reversal_values(one)), strict=True))
        | {"message_id": message_id, "recorded_at": recorded_at}
        for one in reversals
    }
    statement = upsert(session, Reversal).on_conflict_do_nothing().returning(Reversal.external_id)
    return set(session.scalars(statement, [rows[external_id] for external_id in sorted(rows)]))


def note_conflicts(
    session: Session,
    gateway: str,
    reported: Sequence[ReportedReversal],
    aliased: Mapping[str, Reversal],
    message_id: int | None,
    seen_at: datetime,
) -> None:
    """Keep what a message says of reversals that are recorded otherwise; the first word stands.

    `aliased` are those that are recorded under another id, by the id that the message has.
    """
    found = select(Reversal).where(
        Reversal.gateway == gateway, Reversal.external_id.in_({one.external_id for one in reported})
    )
    recorded = {**aliased, **{one.external_id: one for one in session.scalars(found)}}
    rows = [
        {
            "reversal_id": recorded[one.external_id].id,
            "digest": reversal_digest(gateway, one),
            "message_id": message_id,
            "amount_vnd": one.amount_vnd,
            "seen_at": seen_at,
        }
        for one in reported
        if one.external_id in recorded and not agrees(gateway, one, recorded[one.external_id])
    ]
    if rows:
        log.warning("reversal_contradicted", gateway=gateway, count=len(rows))
        session.execute(upsert(session, ReversalConflict).on_conflict_do_nothing(), rows)


def agrees(gateway: str, reported: ReportedReversal, recorded: Reversal) -> bool:
    """Whether a reversal is recorded as it is reported; of one under another id only the amount can be compared."""
    if reported.external_id != recorded.external_id:
        return reported.amount_vnd == recorded.amount_vnd
    return reversal_digest(gateway, reported) == reversal_digest(gateway, recorded)


def match_aliases(session: Session, gateway: str, reported: Sequence[ReportedReversal]) -> dict[str, Reversal]:
    """Those that are recorded under another id, by the id that they are reported with.

    A statement's line and a notification of one reversal have the bank's reference and the credit in common, and one of
    the two ids is ours. A notification of another amount is that line's all the same, for the money must not go twice,
    and contradicts it.
    """
    recorded = _by_booking(session, gateway, {one.bank_ref for one in reported if one.bank_ref})
    credits_ = find_credits(session, {(gateway, one.credit_external_id) for one in reported}) if recorded else {}
    matched = {}
    for one in reported:
        of_statement = one.external_id.startswith(STATEMENT_ID)
        booking = (one.bank_ref, credits_.get((gateway, one.credit_external_id)))
        candidates = [
            other
            for other in recorded.get(booking, ())
            if other.external_id.startswith(STATEMENT_ID) is not of_statement
        ]
        same = [other for other in candidates if other.amount_vnd == one.amount_vnd]
        found = next(iter(same or ([] if of_statement else candidates)), None)
        if found is not None:
            matched[one.external_id] = found
    return matched


def _by_booking(session: Session, gateway: str, refs: Collection[str]) -> dict[tuple[str, int | None], list[Reversal]]:
    """The reversals that are recorded and tied to their credit, by the bank's reference and that credit."""
    found: dict[tuple[str, int | None], list[Reversal]] = defaultdict(list)
    for some in portions(sorted(refs)):
        statement = select(Reversal).where(
            Reversal.gateway == gateway, Reversal.bank_ref.in_(some), Reversal.credit_id.is_not(None)
        )
        for one in session.scalars(statement.order_by(Reversal.id)):
            found[one.bank_ref, one.credit_id].append(one)
    return found


def find_credits(session: Session, keys: Collection[CreditKey]) -> dict[CreditKey, int]:
    """The rows of the credits that these ids stand for, aliases included."""
    found: dict[CreditKey, int] = {}
    for table, column in ((CreditAlias, CreditAlias.credit_id), (Credit, Credit.id)):
        for gateway, ids in by_gateway(keys):
            statement = select(table.external_id, column).where(table.gateway == gateway, table.external_id.in_(ids))
            found.update({(gateway, external_id): row_id for external_id, row_id in session.execute(statement)})
    return found


def standing_payments(session: Session, credit_ids: Collection[int]) -> dict[int, Payment]:
    """The payment that each credit is at present; none for those on the work list."""
    standing: dict[int, Payment] = {}
    for ids in portions(sorted(credit_ids)):
        waiting = select(UnmatchedCredit.credit_id).where(
            UnmatchedCredit.credit_id.in_(ids), UnmatchedCredit.payment_id.is_(None)
        )
        statement = (
            select(Payment)
            .where(Payment.credit_id.in_(ids), Payment.credit_id.not_in(waiting))
            .order_by(Payment.assignment)
        )
        standing.update({payment.credit_id: payment for payment in session.scalars(statement)})
    return standing


def apply(
    session: Session,
    chains: Mapping[int, Chain],
    reversals: Collection[Reversal],
    payments: Mapping[int, Payment],
    recorded_at: datetime,
) -> None:
    """Book reversals, tied to their credits, on the payments that those are. Their stalls' chains are locked.

    One that takes more than is left is not booked: the bank and we disagree, and a person must look.
    """
    for reversal in sorted(reversals, key=lambda one: one.id):
        payment = payments.get(reversal.credit_id) if reversal.credit_id is not None else None
        if payment is None or reversal.correction_id is not None:
            continue
        if not take_back(session, payment, reversal.amount_vnd):
            log.warning("reversal_exceeds_payment", reversal=reversal.external_id)
            continue
        correction = NewCorrection(
            payment,
            CorrectionKind.REVERSAL,
            reversal.amount_vnd,
            reversal.booked_at,
            f"{reversal.gateway}/{reversal.external_id}",
        )
        reversal.correction_id = write_correction(session, chains[payment.stall_id], correction, recorded_at)
    session.flush()
