"""Whose credit is it: by virtual account, then by a reference in the text, then by an account of one stall alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.gateways.port import ReportedCredit
from vendors.codes.models import Code
from vendors.codes.reference import find_references
from vendors.stalls.models import SettlementAccount, Stall


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


@dataclass(frozen=True, slots=True)
class Match:
    """The stall that a credit is for."""

    stall_id: int
    market_id: int
    by: MatchedBy


#: The stalls that a key may stand for; more than one decides nothing.
_Stalls = dict[object, set[tuple[int, int]]]


def match(session: Session, gateway: str, credits_: Sequence[ReportedCredit]) -> list[Match | UnmatchedBecause]:
    """For each credit its stall, or why there is none; in a few statements for all of them together."""
    by_virtual = _by_virtual_account(session, gateway, {c.virtual_account for c in credits_ if c.virtual_account})
    rest = [c for c in credits_ if c.virtual_account not in by_virtual]
    references = {id(c): find_references(c.content) for c in rest}
    by_reference = _by_reference(session, {found for many in references.values() for found in many})
    by_account = _by_account(session, {c.account_number for c in rest})
    return [_decide(c, by_virtual, references.get(id(c), ()), by_reference, by_account) for c in credits_]


def _decide(
    credit: ReportedCredit,
    by_virtual: _Stalls,
    references: Sequence[str],
    by_reference: _Stalls,
    by_account: _Stalls,
) -> Match | UnmatchedBecause:
    named = set().union(*(by_reference.get(reference, set()) for reference in references))
    holders = by_account.get((credit.bank_bin, credit.account_number), set())
    ways = (
        (MatchedBy.VIRTUAL_ACCOUNT, by_virtual.get(credit.virtual_account, set())),
        (MatchedBy.REFERENCE, named),
        (MatchedBy.ACCOUNT, holders),
    )
    for by, stalls in ways:
        if len(stalls) == 1:
            (stall_id, market_id) = next(iter(stalls))
            return Match(stall_id, market_id, by)
    return UnmatchedBecause.AMBIGUOUS if any(stalls for _, stalls in ways) else UnmatchedBecause.NO_MATCH


def _by_virtual_account(session: Session, gateway: str, numbers: set[str]) -> _Stalls:
    # A revoked code still brings its stall's money.
    statement = select(Code.virtual_account, Code.stall_id, Code.market_id).where(
        Code.gateway == gateway, Code.virtual_account.in_(numbers)
    )
    return _collect(session, statement, numbers)


def _by_reference(session: Session, references: set[str]) -> _Stalls:
    statement = select(Code.reference, Code.stall_id, Code.market_id).where(Code.reference.in_(references))
    return _collect(session, statement, references)


def _by_account(session: Session, numbers: set[str]) -> _Stalls:
    found: _Stalls = {}
    if numbers:
        statement = (
            select(
                SettlementAccount.bank_bin,
                SettlementAccount.account_number,
                SettlementAccount.stall_id,
                Stall.market_id,
            )
            .join(Stall, Stall.id == SettlementAccount.stall_id)
            .where(SettlementAccount.account_number.in_(numbers), SettlementAccount.status.in_(("current", "past")))
        )
        for bank_bin, number, stall_id, market_id in session.execute(statement):
            found.setdefault((bank_bin, number), set()).add((stall_id, market_id))
    return found


def _collect(session: Session, statement: object, keys: set[str]) -> _Stalls:
    found: _Stalls = {}
    if keys:
        for key, stall_id, market_id in session.execute(statement):  # type: ignore[call-overload]
            found.setdefault(key, set()).add((stall_id, market_id))
    return found
