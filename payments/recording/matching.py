"""Whose credit is it: by virtual account, then by a reference in the text, then by an account of one stall alone.

Where the gateway does not say at which bank an account is kept, its number decides alone if one stall alone has it,
whatever the bank; where it says, an account of that number at another bank is another account.

A reference never overrules the account that the money went to: who pays into an account of stall B with stall A's
reference in the text would have A's screen announce money that A never gets. Such a credit waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from payments.gateways.port import ReportedCredit
from vendors.codes.models import Code
from vendors.codes.reference import find_references
from vendors.stalls.models import SettlementAccount, Stall

#: A payer writes one reference; more than a few are noise, or mischief.
REFERENCES_PER_TEXT = 8
#: SQLite takes 32,766 values in a statement at the most, PostgreSQL 65,535.
KEYS_PER_STATEMENT = 10_000


class MatchedBy(StrEnum):
    """How a stall was found."""

    VIRTUAL_ACCOUNT = "virtual_account"
    REFERENCE = "reference"
    ACCOUNT = "account"
    PERSON = "person"


class UnmatchedBecause(StrEnum):
    """Why none was."""

    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    #: The text names one stall, the account belongs to others.
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Match:
    """The stall that a credit is for."""

    stall_id: int
    market_id: int
    by: MatchedBy


#: The stalls that a key may stand for; more than one decides nothing.
_Stalls = dict[object, set[tuple[int, int]]]
#: The stalls that have an account of this number, each with the bank that keeps it.
_Holders = dict[str, set[tuple[str, tuple[int, int]]]]


def match(session: Session, gateway: str, credits_: Sequence[ReportedCredit]) -> list[Match | UnmatchedBecause]:
    """For each credit its stall, or why there is none; in a few statements for all of them together."""
    by_virtual = _by_virtual_account(session, gateway, {c.virtual_account for c in credits_ if c.virtual_account})
    rest = [c for c in credits_ if c.virtual_account not in by_virtual]
    references = {id(c): find_references(c.content)[:REFERENCES_PER_TEXT] for c in rest}
    by_reference = _by_reference(session, {found for many in references.values() for found in many})
    by_account = _by_account(session, {number for c in rest for number in _numbers(c)})
    return [_decide(c, by_virtual, references.get(id(c), ()), by_reference, by_account) for c in credits_]


def _decide(
    credit: ReportedCredit,
    by_virtual: _Stalls,
    references: Sequence[str],
    by_reference: _Stalls,
    by_account: _Holders,
) -> Match | UnmatchedBecause:
    named = set().union(*(by_reference.get(reference, set()) for reference in references))
    holders = _holders(credit, by_account)
    ways = (
        (MatchedBy.VIRTUAL_ACCOUNT, by_virtual.get(credit.virtual_account, set())),
        (MatchedBy.REFERENCE, named),
        (MatchedBy.ACCOUNT, holders),
    )
    if not ways[0][1] and named and holders and not named & holders:
        return UnmatchedBecause.CONTRADICTION
    for by, stalls in ways:
        if len(stalls) == 1:
            (stall_id, market_id) = next(iter(stalls))
            return Match(stall_id, market_id, by)
    return UnmatchedBecause.AMBIGUOUS if any(stalls for _, stalls in ways) else UnmatchedBecause.NO_MATCH


def _numbers(credit: ReportedCredit) -> list[str]:
    # A virtual account that no code of ours has may be what a vendor gave as theirs: it says more than the account
    # behind it, which may be shared.
    return [number for number in (credit.virtual_account, credit.account_number) if number]


def _holders(credit: ReportedCredit, by_account: _Holders) -> set[tuple[int, int]]:
    for number in _numbers(credit):
        stalls = {stall for bank_bin, stall in by_account.get(number, set()) if credit.bank_bin in {None, bank_bin}}
        if stalls:
            return stalls
    return set()


def _by_virtual_account(session: Session, gateway: str, numbers: set[str]) -> _Stalls:
    # A revoked code still brings its stall's money.
    statement = select(Code.virtual_account, Code.stall_id, Code.market_id).where(Code.gateway == gateway)
    return _collect(session, statement, Code.virtual_account, numbers)


def _by_reference(session: Session, references: set[str]) -> _Stalls:
    return _collect(session, select(Code.reference, Code.stall_id, Code.market_id), Code.reference, references)


def _by_account(session: Session, numbers: set[str]) -> _Holders:
    statement = (
        select(
            SettlementAccount.bank_bin,
            SettlementAccount.account_number,
            SettlementAccount.stall_id,
            Stall.market_id,
        )
        .join(Stall, Stall.id == SettlementAccount.stall_id)
        .where(SettlementAccount.status.in_(("current", "past")))
    )
    found: _Holders = {}
    for bank_bin, number, stall_id, market_id in _rows(session, statement, SettlementAccount.account_number, numbers):
        found.setdefault(number, set()).add((bank_bin, (stall_id, market_id)))
    return found


def _collect(session: Session, statement: Select[*tuple[Any, ...]], key: Any, wanted: set[str]) -> _Stalls:
    found: _Stalls = {}
    for value, stall_id, market_id in _rows(session, statement, key, wanted):
        found.setdefault(value, set()).add((stall_id, market_id))
    return found


def _rows(session: Session, statement: Select[*tuple[Any, ...]], key: Any, wanted: set[str]) -> Iterator[Any]:
    """The rows whose key is wanted, asked for in portions that every database takes."""
    ordered = sorted(wanted)
    for start in range(0, len(ordered), KEYS_PER_STATEMENT):
        yield from session.execute(statement.where(key.in_(ordered[start : start + KEYS_PER_STATEMENT])))
