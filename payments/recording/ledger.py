"""Recording a group of credits in one transaction. Everything that brings money in ends here.

The order of the locks is the same for every recorder, so that several processes never wait for each other in a ring:
credits by their key, then ledgers by stall, then days by stall and day.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from market import clock
from market.database import Base
from payments.gateways.port import Recorded, ReportedCredit
from payments.recording.chain import Link, credit_digest, first_digest, next_digest
from payments.recording.matching import KEYS_PER_STATEMENT, Match, match
from payments.recording.models import Credit, GatewayMessage, Payment, StallDay, StallLedger, UnmatchedCredit

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """A gateway's message as it came."""

    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """What one sender hands over at once: credits of one gateway, with the message that brought them, if one did."""

    gateway: str
    credits: tuple[ReportedCredit, ...]
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A credit that was not known before, with the id it got."""

    credit_id: int
    gateway: str
    credit: ReportedCredit
    digest: bytes


@dataclass(slots=True)
class _Chain:
    """Where a stall's chain stands while a group is being recorded."""

    market_id: int
    last_receipt_number: int
    last_digest: bytes


def record(session: Session, submissions: Sequence[Submission]) -> list[Recorded]:
    """Record every credit that is not known yet; gives for each submission what became of its credits.

    The caller commits. Nothing of this is visible, or may be answered, before that.
    """
    recorded_at = clock.now()
    message_ids = _keep_messages(session, submissions, recorded_at)
    fresh = _insert_credits(session, submissions, message_ids, recorded_at)
    unmatched = _book(session, list(fresh.values()), recorded_at)
    return _outcomes(submissions, fresh, unmatched)


def upsert(session: Session, model: type[Base]) -> Any:
    """An INSERT of the session's own dialect, which has ON CONFLICT, into the model's plain table."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(model.__table__) if is_sqlite else postgresql.insert(model.__table__)  # type: ignore[arg-type]


def _keep_messages(
    session: Session, submissions: Sequence[Submission], received_at: datetime
) -> dict[tuple[str, bytes], int]:
    rows = {
        (s.gateway, hashlib.sha256(s.message.body).digest()): s.message for s in submissions if s.message is not None
    }
    if not rows:
        return {}
    session.execute(
        upsert(session, GatewayMessage).on_conflict_do_nothing(),
        [
            {
                "gateway": gateway,
                "digest": digest,
                "message_id": message.message_id,
                "received_at": received_at,
                "body": message.body,
            }
            for (gateway, digest), message in sorted(rows.items(), key=lambda item: item[0])
        ],
    )
    statement = select(GatewayMessage.id, GatewayMessage.gateway, GatewayMessage.digest).where(
        GatewayMessage.digest.in_([digest for _, digest in rows])
    )
    return {(gateway, digest): row_id for row_id, gateway, digest in session.execute(statement)}


def _insert_credits(
    session: Session,
    submissions: Sequence[Submission],
    message_ids: dict[tuple[str, bytes], int],
    recorded_at: datetime,
) -> dict[tuple[str, str], _Fresh]:
    """Insert what is not there yet; keyed by (gateway, external id), in the order of arrival."""
    arrived: dict[tuple[str, str], tuple[ReportedCredit, int | None]] = {}
    for submission in submissions:
        digest = hashlib.sha256(submission.message.body).digest() if submission.message else b""
        message_id = message_ids.get((submission.gateway, digest))
        for credit in submission.credits:
            arrived.setdefault((submission.gateway, credit.external_id), (credit, message_id))
    digests = {key: credit_digest(key[0], credit) for key, (credit, _message) in arrived.items()}
    rows = [_credit_row(key[0], *arrived[key], recorded_at) | {"digest": digests[key]} for key in sorted(arrived)]
    if not rows:
        return {}
    statement = (
        upsert(session, Credit).on_conflict_do_nothing().returning(Credit.id, Credit.gateway, Credit.external_id)
    )
    inserted = {(gateway, external): row_id for row_id, gateway, external in session.execute(statement, rows)}
    return {
        key: _Fresh(inserted[key], key[0], credit, digests[key])
        for key, (credit, _message) in arrived.items()
        if key in inserted
    }


def _credit_row(gateway: str, credit: ReportedCredit, message_id: int | None, recorded_at: datetime) -> dict[str, Any]:
    return {
        "gateway": gateway,
        "external_id": credit.external_id,
        "message_id": message_id,
        "bank_ref": credit.bank_ref,
        "bank_bin": credit.bank_bin,
        "account_number": credit.account_number,
        "virtual_account": credit.virtual_account,
        "amount_vnd": credit.amount_vnd,
        "content": credit.content,
        "payer_bank_bin": credit.payer_bank_bin,
        "payer_name": credit.payer_name,
        "payer_ref": credit.payer_ref,
        "paid_at": credit.paid_at,
        "recorded_at": recorded_at,
    }


def _book(session: Session, fresh: list[_Fresh], recorded_at: datetime) -> set[int]:
    """Give each new credit to its stall, or to the work list; gives the ids of those without a stall."""
    matched: list[tuple[_Fresh, Match]] = []
    unmatched: list[dict[str, Any]] = []
    for gateway in sorted({one.gateway for one in fresh}):
        group = [one for one in fresh if one.gateway == gateway]
        for one, found in zip(group, match(session, gateway, [one.credit for one in group]), strict=True):
            if isinstance(found, Match):
                matched.append((one, found))
            else:
                unmatched.append(
                    {"credit_id": one.credit_id, "reason": found.value, "recorded_at": recorded_at},
                )
    if unmatched:
        session.execute(upsert(session, UnmatchedCredit), unmatched)
    if matched:
        write_payments(session, matched_payments(matched), recorded_at)
    return {row["credit_id"] for row in unmatched}


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A credit with the stall that it is booked to."""

    credit_id: int
    digest: bytes
    amount_vnd: int
    paid_at: datetime
    match: Match


def matched_payments(matched: Iterable[tuple[_Fresh, Match]]) -> list[NewPayment]:
    """Credits that were just recorded, as payments to be written."""
    return [
        NewPayment(
            one.credit_id,
            one.digest,
            one.credit.amount_vnd,
            one.credit.paid_at,
            found,
        )
        for one, found in matched
    ]


def write_payments(session: Session, new: Sequence[NewPayment], recorded_at: datetime) -> None:
    """Book payments: lock their stalls' ledgers, number and chain them, and add them to the days' totals."""
    chains = lock_chains(session, {one.match.stall_id: one.match.market_id for one in new})
    days: dict[tuple[int, date], list[int]] = defaultdict(list)
    rows = []
    for one in new:
        chain = chains[one.match.stall_id]
        chain.last_receipt_number += 1
        link = Link(one.match.stall_id, chain.last_receipt_number, one.digest, recorded_at)
        chain.last_digest = next_digest(chain.last_digest, link)
        day = clock.market_day(one.paid_at)
        days[one.match.stall_id, day].append(one.amount_vnd)
        rows.append(_payment_row(one, chain, day, recorded_at))
    session.execute(upsert(session, Payment), rows)
    _save_chains(session, chains)
    _add_to_days(session, days, chains)


def _payment_row(one: NewPayment, chain: _Chain, day: date, recorded_at: datetime) -> dict[str, Any]:
    return {
        "credit_id": one.credit_id,
        "stall_id": one.match.stall_id,
        "market_id": one.match.market_id,
        "receipt_number": chain.last_receipt_number,
        "amount_vnd": one.amount_vnd,
        "paid_at": one.paid_at,
        "market_day": day,
        "recorded_at": recorded_at,
        "matched_by": one.match.by.value,
        "digest": chain.last_digest,
    }


def lock_chains(session: Session, markets: dict[int, int]) -> dict[int, _Chain]:
    """The chains of these stalls, locked in sorted order until the transaction ends; new ones are begun.

    What is missing is begun before anything is locked, so that nobody holds one ledger while waiting for another to be
    begun.
    """
    _begin_missing(session, markets)
    found: dict[int, _Chain] = {}
    for stall_ids in _portions(sorted(markets)):
        statement = (
            select(
                StallLedger.stall_id, StallLedger.market_id, StallLedger.last_receipt_number, StallLedger.last_digest
            )
            .where(StallLedger.stall_id.in_(stall_ids))
            .order_by(StallLedger.stall_id)
            .with_for_update()
        )
        for stall_id, market_id, number, digest in session.execute(statement):
            found[stall_id] = _Chain(market_id, number, digest)
    return found


def _begin_missing(session: Session, markets: dict[int, int]) -> None:
    known: set[int] = set()
    for stall_ids in _portions(sorted(markets)):
        known.update(session.scalars(select(StallLedger.stall_id).where(StallLedger.stall_id.in_(stall_ids))))
    missing = sorted(set(markets) - known)
    if missing:
        session.execute(
            upsert(session, StallLedger).on_conflict_do_nothing(),
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


def _portions(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), KEYS_PER_STATEMENT):
        yield keys[start : start + KEYS_PER_STATEMENT]


def _save_chains(session: Session, chains: dict[int, _Chain]) -> None:
    statement = upsert(session, StallLedger)
    statement = statement.on_conflict_do_update(
        index_elements=["stall_id"],
        set_={
            "last_receipt_number": statement.excluded.last_receipt_number,
            "last_digest": statement.excluded.last_digest,
        },
    )
    session.execute(
        statement,
        [
            {
                "stall_id": stall_id,
                "market_id": chain.market_id,
                "last_receipt_number": chain.last_receipt_number,
                "last_digest": chain.last_digest,
            }
            for stall_id, chain in sorted(chains.items())
        ],
    )


def _add_to_days(session: Session, days: dict[tuple[int, date], list[int]], chains: dict[int, _Chain]) -> None:
    statement = upsert(session, StallDay)
    statement = statement.on_conflict_do_update(
        index_elements=["stall_id", "market_day"],
        set_={
            "payments_count": StallDay.__table__.c.payments_count + statement.excluded.payments_count,
            "payments_vnd": StallDay.__table__.c.payments_vnd + statement.excluded.payments_vnd,
        },
    )
    session.execute(
        statement,
        [
            {
                "stall_id": stall_id,
                "market_day": day,
                "market_id": chains[stall_id].market_id,
                "payments_count": len(amounts),
                "payments_vnd": sum(amounts),
            }
            for (stall_id, day), amounts in sorted(days.items())
        ],
    )


def _outcomes(
    submissions: Sequence[Submission], fresh: dict[tuple[str, str], _Fresh], unmatched: set[int]
) -> list[Recorded]:
    """Count for each sender; a credit that came twice in one group is new for the first alone."""
    waiting = dict(fresh)
    outcomes = []
    for submission in submissions:
        new = [
            one
            for one in (waiting.pop((submission.gateway, credit.external_id), None) for credit in submission.credits)
            if one is not None
        ]
        lost = sum(one.credit_id in unmatched for one in new)
        outcomes.append(Recorded(len(new), len(submission.credits) - len(new), lost))
    return outcomes
