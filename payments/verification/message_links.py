"""What names a message is what that message reports: the way back from what is recorded to its witness.

Credits are many; reading the messages counts those that are named rightly, and only where some are missing in that
count is each held against its message here. Of all else that names a message there is little.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from payments.gateways.errors import Malformed, TooLarge
from payments.gateways.port import ReportedReversal
from payments.gateways.registry import READERS
from payments.reconciliation.models import StatementLine
from payments.recording.facts import reversal_digest
from payments.recording.models import (
    Credit,
    CreditAlias,
    CreditConflict,
    GatewayMessage,
    Reversal,
    ReversalConflict,
)
from payments.verification.ranges import Range
from payments.verification.report import Report

NAMING_AT_ONCE = 500
#: For memory: one may be of a megabyte.
MESSAGES_AT_ONCE = 10

#: What a message can say, in the form in which a row asks for it.
_Word: TypeAlias = tuple[object, ...]


class _Naming(NamedTuple):
    """A row that names a message, and what that message must say: one of these words."""

    what: str
    words: set[_Word]


def check(session: Session, report: Report) -> None:
    """Hold aliases, contradictions and reversals against the messages that they name."""
    _check(session, report, select(CreditAlias), lambda row: _credit(row[0]))
    conflicts = select(CreditConflict, Credit, CreditAlias.external_id.label("alias"))
    conflicts = conflicts.join(Credit, Credit.id == CreditConflict.credit_id)
    conflicts = conflicts.outerjoin(CreditAlias, CreditAlias.credit_id == Credit.id)
    _check(session, report, conflicts, _conflict)
    _check(session, report, select(Reversal), lambda row: _reversal(row[0]))
    reversed_otherwise = select(ReversalConflict, Reversal).join(Reversal, Reversal.id == ReversalConflict.reversal_id)
    _check(session, report, reversed_otherwise, _reversal_conflict)
    _check_unwitnessed(session, report)


def check_credits(session: Session, report: Report, within: Range) -> None:
    """Hold each credit that names a message of a range against it."""
    _check(session, report, select(Credit).where(within.holds(Credit.message_id)), lambda row: _credit(row[0]))


def _credit(one: Credit | CreditAlias) -> _Naming:
    return _Naming(f"credit {one.gateway}/{one.external_id}", {(one.gateway, one.external_id)})


def _conflict(row: Any) -> _Naming:
    one, credit = row.CreditConflict, row.Credit
    ids = (credit.external_id, row.alias)
    what = f"contradiction of credit {credit.gateway}/{credit.external_id}"
    return _Naming(what, {(credit.gateway, external_id, one.amount_vnd) for external_id in ids})


def _reversal(one: Reversal) -> _Naming:
    return _Naming(f"reversal {one.gateway}/{one.external_id}", {("reversal", one.gateway, one.external_id)})


def _reversal_conflict(row: Any) -> _Naming:
    one, reversal = row.ReversalConflict, row.Reversal
    what = f"contradiction of reversal {reversal.gateway}/{reversal.external_id}"
    # A message may report it under another id than a statement's line gave it.
    words: set[_Word] = {("reversal", reversal.gateway, key, one.digest, one.amount_vnd) for key in _keys(reversal)}
    return _Naming(what, words)


def _keys(one: Reversal | ReportedReversal) -> tuple[tuple[str, str], ...]:
    """What a contradiction ties it by: its id, or the bank's reference."""
    return ("id", one.external_id), ("ref", one.bank_ref)


def _check(session: Session, report: Report, rows: Select[*tuple[Any, ...]], naming: Callable[[Any], _Naming]) -> None:
    """The first thing of each row is what names the message."""
    message_id = rows.column_descriptions[0]["entity"].message_id
    statement = rows.where(message_id.is_not(None)).order_by(message_id)
    for some in session.execute(statement.execution_options(yield_per=NAMING_AT_ONCE)).partitions():
        named: dict[int, list[_Naming]] = defaultdict(list)
        for row in some:
            named[row[0].message_id].append(naming(row))
        found = select(GatewayMessage).where(GatewayMessage.id.in_(named))
        for message in session.scalars(found.execution_options(yield_per=MESSAGES_AT_ONCE)):
            said = _said(message)
            for one in named.pop(message.id):
                if said is not None and said.isdisjoint(one.words):
                    report.find(
                        f"{one.what}: names message {message.gateway}/{message.message_id}, which does not report it"
                    )
        for missing_id, ones in named.items():
            for one in ones:
                report.find(f"{one.what}: names message #{missing_id}, which was removed")


def _said(message: GatewayMessage) -> set[_Word] | None:
    """All that a message reports; None where it is not what came, which is found when it is read."""
    if hashlib.sha256(message.body).digest() != message.digest:
        return None
    try:
        read = READERS[message.gateway](message.message_id, message.body)
    except (KeyError, Malformed, TooLarge):
        return None
    said: set[_Word] = set()
    for credit in read.credits:
        said |= {(message.gateway, credit.external_id), (message.gateway, credit.external_id, credit.amount_vnd)}
    for one in read.reversals:
        said.add(("reversal", message.gateway, one.external_id))
        told = (reversal_digest(message.gateway, one), one.amount_vnd)
        said |= {("reversal", message.gateway, key, *told) for key in _keys(one)}
    return said


def _check_unwitnessed(session: Session, report: Report) -> None:
    """A reversal came by a message, or by the line of a statement that says the same."""
    statement = (
        select(Reversal.gateway, Reversal.external_id)
        .outerjoin(
            StatementLine,
            and_(
                StatementLine.reversal_id == Reversal.id,
                StatementLine.bank_ref == Reversal.bank_ref,
                StatementLine.amount_vnd == Reversal.amount_vnd,
                StatementLine.booked_at == Reversal.booked_at,
                StatementLine.content == Reversal.reason,
            ),
        )
        .where(Reversal.message_id.is_(None), StatementLine.id.is_(None))
    )
    for gateway, external_id in session.execute(statement):
        report.find(f"reversal {gateway}/{external_id}: no message and no statement tells of it like this")
