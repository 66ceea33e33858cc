"""Every message that was kept is the one that came, and what it reports is recorded or noted as a contradiction.

Messages are read anew, as when they came. They show what a chain alone cannot: whether its newest payment was removed
together with the credit, whether an alias is gone or leads to another credit, whether what the bank took back, or
reported a second time otherwise, is still here. On the way the credits that name the message being read are counted:
where fewer are found than there are, some name a message that does not report them (see `message_links`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import orjson
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from core.database import is_sqlite
from payments.gateways.errors import Malformed, TooLarge
from payments.gateways.port import Notification, ReportedCredit, ReportedReversal
from payments.gateways.registry import READERS
from payments.recording.bulk import portions
from payments.recording.facts import credit_digest, reversal_digest
from payments.recording.models import (
    Credit,
    CreditAlias,
    CreditConflict,
    GatewayMessage,
    Reversal,
    ReversalConflict,
    UnreadableMessage,
)
from payments.recording.reversals import agrees, match_aliases
from payments.verification import message_links
from payments.verification.ranges import Range, by_number
from payments.verification.report import ROWS_AT_ONCE, Report, batches

#: Messages of a credit or a few are many and read many at once; large ones few at once, for memory.
SMALL_BYTES = 4 * 1024
LARGE_AT_ONCE = 10
NOTHING = Notification("", ())
#: Ids in a piece of work; more where there would be too many pieces, for who can write ids can leave gaps in them.
MESSAGES_AT_ONCE = 50_000
PIECES_MAX = 1_000

_MESSAGE = (
    GatewayMessage.id,
    GatewayMessage.gateway,
    GatewayMessage.message_id,
    GatewayMessage.digest,
    GatewayMessage.body,
)
_SIZE = func.length(GatewayMessage.body)

#: A credit's external id, the digest of what is reported of it, and the place of its message among those at hand.
_Named: TypeAlias = tuple[str, bytes, int]


# One JSON text is what costs least on both sides; as an array its ids are looked up through the index, one by one.
_FOUND = """
SELECT external_id, digest, message_id FROM credits
WHERE gateway = %s AND external_id = ANY (ARRAY(SELECT json_array_elements_text(%s::json)))
"""
_FOUND_ON_SQLITE = """
SELECT external_id, digest, message_id FROM credits
WHERE gateway = ? AND external_id IN (SELECT value FROM json_each(?))
"""


#: What is found under an id that no credit has, in place of a digest and a message.
_NOT_FOUND = (None, None)


class _Kept(NamedTuple):
    """A recorded credit, as far as a message is held against it."""

    id: int
    digest: bytes
    bank_bin: str | None


class _Aliased(NamedTuple):
    """The credit that an alias leads to."""

    id: int
    amount_vnd: int
    bank_ref: str
    numbers: frozenset[str | None]


class _Message(NamedTuple):
    """A message as it is kept."""

    id: int
    gateway: str
    message_id: str
    digest: bytes
    body: bytes

    def __str__(self) -> str:
        return f"message {self.gateway}/{self.message_id}"


class _Reported(NamedTuple):
    """A credit that a message reports."""

    message: _Message
    credit: ReportedCredit
    digest: bytes


@dataclass(slots=True)
class _Conflicts:
    """Contradictions that are noted: by credit, amount, and the digest of what was said or the message that said it."""

    noted: set[tuple[int, int, bytes | int | None]]

    def has(self, credit_id: int, reported: _Reported) -> bool:
        """Whether what is reported of a credit is noted as a contradiction."""
        amount_vnd = reported.credit.amount_vnd
        said = {(credit_id, amount_vnd, reported.digest), (credit_id, amount_vnd, reported.message.id)}
        return not self.noted.isdisjoint(said)


def pieces(session: Session) -> Iterable[tuple[Range, int | None]]:
    """All messages, divided by their ids; with each range how many credits name one of its messages.

    To the last one messages may be added meanwhile; it counts for itself.
    """
    first, last = session.execute(select(func.min(GatewayMessage.id), func.max(GatewayMessage.id))).one()
    first, last = first or 0, last or 0
    most = max(MESSAGES_AT_ONCE, (last - first) // PIECES_MAX)
    place = case((Credit.message_id < first, 0), else_=(Credit.message_id - first) // most)
    named = select(place, func.count()).where(Credit.message_id.is_not(None)).group_by(place)
    counts = {row[0]: row[1] for row in session.execute(named)}
    *closed, open_ = by_number(first, last, most)
    return [*((one, counts.get(place, 0)) for place, one in enumerate(closed)), (open_, None)]


def check(session: Session, report: Report, within: Range, naming_count: int | None = None) -> None:
    """Read the messages of a range, and look for all that they report; `naming_count` credits name one of them."""
    if naming_count is None:
        counted = select(func.count()).select_from(Credit).where(within.holds(Credit.message_id))
        naming_count = session.scalar(counted) or 0
    inside = within.holds(GatewayMessage.id)
    named = _check_some(session, report, inside & (_SIZE <= SMALL_BYTES), ROWS_AT_ONCE)
    named += _check_some(session, report, inside & (_SIZE > SMALL_BYTES), LARGE_AT_ONCE)
    if named != naming_count:
        message_links.check_credits(session, report, within)


def _check_some(session: Session, report: Report, which: ColumnElement[bool], at_once: int) -> int:
    """Gives how many credits name the message that tells them."""
    count = 0
    for rows in batches(session, select(*_MESSAGE).where(which).order_by(GatewayMessage.id), at_once):
        report.messages += len(rows)
        named: dict[str, list[_Named]] = defaultdict(list)
        for place, row in enumerate(rows):
            gateway = row[1]
            for one in _read(session, report, row).credits:
                # No more of it is kept than is looked up: many small objects that stay are dear to the collector.
                named[gateway].append((one.external_id, credit_digest(gateway, one), place))
        for gateway in sorted(named):
            naming_it: set[str] = set()
            for some in portions(named[gateway]):
                naming_it |= _look_up(session, report, gateway, some, rows)
            count += len(naming_it)
    return count


def check_unreadable(session: Session, report: Report) -> None:
    """Those that could not be read are still as they came."""
    statement = select(UnreadableMessage.id, UnreadableMessage.digest, UnreadableMessage.body)
    for row_id, digest, body in session.execute(statement.execution_options(yield_per=LARGE_AT_ONCE)):
        if hashlib.sha256(body).digest() != digest:
            report.find(f"unreadable message {row_id}: is not what the bank sent any more")


def _read(session: Session, report: Report, row: Sequence[Any]) -> Notification:
    """What a message reports; what it says was taken back is checked on the way."""
    _id, gateway, message_id, digest, body = row
    if hashlib.sha256(body).digest() != digest:
        report.find(f"{_Message(*row)}: is not what the bank sent any more")
        return NOTHING
    try:
        found = READERS[gateway](message_id, body)
    except (KeyError, Malformed, TooLarge):
        report.find(f"{_Message(*row)}: cannot be read any more")
        return NOTHING
    if found.reversals:
        _check_reversals(session, report, _Message(*row), found.reversals)
    return found


def _look_up(
    session: Session, report: Report, gateway: str, named: Sequence[_Named], rows: Sequence[Sequence[Any]]
) -> set[str]:
    """Nearly all are recorded as they were reported; the others are read once more and looked at one by one.

    Gives the ids of those that name the message which reports them.
    """
    found = _found(session, gateway, [name for name, _digest, _place in named])
    odd = [
        _reported(_Message(*rows[place]), digest)
        for name, digest, place in named
        if found.get(name, _NOT_FOUND)[0] != digest
    ]
    if odd:
        _check_odd_ones(session, report, gateway, odd)
    return {name for name, _digest, place in named if found.get(name, _NOT_FOUND)[1] == rows[place][0]}


def _reported(message: _Message, digest: bytes) -> _Reported:
    """The credit with this digest in a message that could be read."""
    credits_ = READERS[message.gateway](message.message_id, message.body).credits
    return _Reported(message, next(one for one in credits_ if credit_digest(message.gateway, one) == digest), digest)


def _found(session: Session, gateway: str, ids: list[str]) -> dict[str, tuple[bytes | None, int | None]]:
    """Of the credits with these ids, as they are recorded: the digest, and the message that it names."""
    connection: Any = session.connection().connection.driver_connection
    given = (gateway, orjson.dumps(ids).decode())
    if is_sqlite(session):
        return {name: (digest, message_id) for name, digest, message_id in connection.execute(_FOUND_ON_SQLITE, given)}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_FOUND, given)
        return {name: (digest, message_id) for name, digest, message_id in cursor}


def _check_odd_ones(session: Session, report: Report, gateway: str, odd: Sequence[_Reported]) -> None:
    """Those that may be recorded under an alias, or otherwise than they were reported."""
    ids = {one.credit.external_id for one in odd}
    kept = _kept(session, gateway, ids)
    aliased = _aliased(session, gateway, ids - kept.keys())
    conflicts = _conflicts(session, {one.id for one in kept.values()} | {one.id for one in aliased.values()})
    for one in odd:
        _check_odd(report, one, kept, aliased, conflicts)


def _check_odd(
    report: Report,
    reported: _Reported,
    kept: Mapping[str, _Kept],
    aliased: Mapping[str, _Aliased],
    conflicts: _Conflicts,
) -> None:
    name = reported.credit.external_id
    named = f"{reported.message}: credit {name}"
    if name in kept:
        if not _same(reported, kept[name]) and not conflicts.has(kept[name].id, reported):
            report.find(f"{named} is recorded otherwise, and no contradiction is noted")
    elif name in aliased:
        credit = aliased[name]
        numbers = {reported.credit.account_number, reported.credit.virtual_account} - {None, ""}
        if credit.bank_ref != reported.credit.bank_ref or credit.numbers.isdisjoint(numbers):
            report.find(f"{named} is an alias of a credit that it does not fit")
        elif credit.amount_vnd != reported.credit.amount_vnd and not conflicts.has(credit.id, reported):
            report.find(f"{named} is recorded otherwise, and no contradiction is noted")
    else:
        report.find(f"{named} is not recorded; it was removed")


def _same(reported: _Reported, kept: _Kept) -> bool:
    # Which bank some words mean is looked up in a list that grows with our releases; what was recorded stands.
    known = replace(reported.credit, bank_bin=kept.bank_bin)
    return kept.digest in {reported.digest, credit_digest(reported.message.gateway, known)}


def _kept(session: Session, gateway: str, ids: Collection[str]) -> dict[str, _Kept]:
    statement = select(Credit.external_id, Credit.id, Credit.digest, Credit.bank_bin).where(
        Credit.gateway == gateway, Credit.external_id.in_(ids)
    )
    return {row[0]: _Kept(row[1], row[2], row[3]) for row in session.execute(statement)}


def _aliased(session: Session, gateway: str, ids: Collection[str]) -> dict[str, _Aliased]:
    statement = (
        select(
            CreditAlias.external_id,
            Credit.id,
            Credit.amount_vnd,
            Credit.bank_ref,
            Credit.account_number,
            Credit.virtual_account,
        )
        .join(Credit, Credit.id == CreditAlias.credit_id)
        .where(CreditAlias.gateway == gateway, CreditAlias.external_id.in_(ids))
    )
    return {row[0]: _Aliased(row[1], row[2], row[3], frozenset(row[4:])) for row in session.execute(statement)}


def _conflicts(session: Session, credit_ids: Collection[int]) -> _Conflicts:
    noted: set[tuple[int, int, bytes | int | None]] = set()
    statement = select(CreditConflict).where(CreditConflict.credit_id.in_(credit_ids))
    for one in session.scalars(statement):
        noted |= {(one.credit_id, one.amount_vnd, one.digest), (one.credit_id, one.amount_vnd, one.message_id)}
    return _Conflicts(noted)


def _check_reversals(session: Session, report: Report, message: _Message, reported: Sequence[ReportedReversal]) -> None:
    by_name = {one.external_id: one for one in reported}
    statement = select(Reversal).where(Reversal.gateway == message.gateway, Reversal.external_id.in_(by_name))
    kept = {one.external_id: one for one in session.scalars(statement)}
    aliased = match_aliases(session, message.gateway, [one for name, one in by_name.items() if name not in kept])
    noted = _noted(session, [one.id for one in (*kept.values(), *aliased.values())])
    for name, one in by_name.items():
        recorded = kept.get(name) or aliased.get(name)
        if recorded is None:
            report.find(f"{message}: reversal {name} is not recorded; it was removed")
        elif not agrees(message.gateway, one, recorded) and (
            (recorded.id, reversal_digest(message.gateway, one)) not in noted
        ):
            report.find(f"{message}: reversal {name} is recorded otherwise, and no contradiction is noted")


def _noted(session: Session, reversal_ids: Collection[int]) -> set[tuple[int, bytes]]:
    statement = select(ReversalConflict.reversal_id, ReversalConflict.digest).where(
        ReversalConflict.reversal_id.in_(reversal_ids)
    )
    return {(row[0], row[1]) for row in session.execute(statement)}
