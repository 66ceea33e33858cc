"""Whose credit is it: by virtual account, then by a reference in the text, then by an account of one stall alone.

Where the gateway does not say at which bank an account is kept, its number decides alone if one stall alone has it,
whatever the bank; where it says, an account of that number at another bank is another account.

A reference never overrules the account that the money went to: who pays into an account of stall B with stall A's
reference in the text would have A's screen announce money that A never gets. Such a credit waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from payments.gateways.port import ReportedCredit
from payments.recording.bulk import portions
from payments.recording.models import PaymentRequest
from vendors.codes.models import PaymentCode
from vendors.codes.reference import find_references
from vendors.stalls.models import SettlementAccount, Stall

#: A payer writes one reference; more than a few are noise, or mischief.
REFERENCES_PER_TEXT = 8


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
    #: A person's assignment was taken back.
    UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Match:
    """The stall that a credit is for, and the payment request that its text names, if that is the stall's own."""

    stall_id: int
    market_id: int
    by: MatchedBy
    request_id: int | None = None


class _Stall(NamedTuple):
    stall_id: int
    market_id: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What the keys in some credits stand for; a key of more than one stall decides nothing."""

    #: By virtual account: the stall, and the reference that its own code puts into the text.
    virtual: dict[str, tuple[_Stall, str]] = field(default_factory=dict)
    references: dict[str, set[_Stall]] = field(default_factory=dict)
    requests: dict[str, tuple[_Stall, int]] = field(default_factory=dict)
    #: By number: the stalls that have such an account, each with the bank that keeps it.
    accounts: dict[str, set[tuple[str, _Stall]]] = field(default_factory=dict)


def match(session: Session, gateway: str, credits_: Sequence[ReportedCredit]) -> list[Match | UnmatchedBecause]:
    """For each credit its stall, or why there is none; in a few statements for all of them together."""
    virtual = _by_virtual_account(session, gateway, {c.virtual_account for c in credits_ if c.virtual_account})
    named = [_named(c, virtual) for c in credits_]
    rest = [c for c in credits_ if c.virtual_account not in virtual]
    every = {reference for references in named for reference in references}
    known = _Known(
        virtual,
        _by_reference(session, every if rest else set()),
        _by_request(session, every),
        _by_account(session, {number for c in rest for number in _numbers(c)}),
    )
    return [_decide(c, references, known) for c, references in zip(credits_, named, strict=True)]


def _named(credit: ReportedCredit, virtual: dict[str, tuple[_Stall, str]]) -> list[str]:
    """The references in the text, without the one that says no more than the virtual account does."""
    of_account = virtual.get(credit.virtual_account or "")
    own = of_account[1] if of_account else None
    return [found for found in find_references(credit.content) if found != own][:REFERENCES_PER_TEXT]


def _decide(credit: ReportedCredit, references: Sequence[str], known: _Known) -> Match | UnmatchedBecause:
    of_account = known.virtual.get(credit.virtual_account or "")
    if of_account is not None:
        return _match(of_account[0], MatchedBy.VIRTUAL_ACCOUNT, references, known)
    named = set().union(*(_stalls_of(reference, known) for reference in references))
    holders = _holders(credit, known)
    if named and holders and not named & holders:
        return UnmatchedBecause.CONTRADICTION
    for by, stalls in ((MatchedBy.REFERENCE, named), (MatchedBy.ACCOUNT, holders)):
        if len(stalls) == 1:
            return _match(next(iter(stalls)), by, references, known)
    return UnmatchedBecause.AMBIGUOUS if named or holders else UnmatchedBecause.NO_MATCH


def _match(stall: _Stall, by: MatchedBy, references: Sequence[str], known: _Known) -> Match:
    requests = (known.requests[reference] for reference in references if reference in known.requests)
    request_id = next((request_id for owner, request_id in requests if owner == stall), None)
    return Match(stall.stall_id, stall.market_id, by, request_id)


def _stalls_of(reference: str, known: _Known) -> set[_Stall]:
    requested = known.requests.get(reference)
    return known.references.get(reference, set()) | ({requested[0]} if requested else set())


def _numbers(credit: ReportedCredit) -> list[str]:
    # A virtual account that no code of ours has may be what a vendor gave as theirs: it says more than the account
    # behind it, which may be shared.
    return [number for number in (credit.virtual_account, credit.account_number) if number]


def _holders(credit: ReportedCredit, known: _Known) -> set[_Stall]:
    for number in _numbers(credit):
        of_number = known.accounts.get(number, set())
        stalls = {stall for bank_bin, stall in of_number if credit.bank_bin in {None, bank_bin}}
        if stalls:
            return stalls
    return set()


def _by_virtual_account(session: Session, gateway: str, numbers: set[str]) -> dict[str, tuple[_Stall, str]]:
    # A revoked code still brings its stall's money. The table gives a number to one code alone.
    statement = select(
        PaymentCode.virtual_account, PaymentCode.stall_id, PaymentCode.market_id, PaymentCode.reference
    ).where(PaymentCode.gateway == gateway)
    rows = _rows(session, statement, PaymentCode.virtual_account, numbers)
    return {number: (_Stall(stall_id, market_id), reference) for number, stall_id, market_id, reference in rows}


def _by_reference(session: Session, references: set[str]) -> dict[str, set[_Stall]]:
    found: dict[str, set[_Stall]] = {}
    statement = select(PaymentCode.reference, PaymentCode.stall_id, PaymentCode.market_id)
    for reference, stall_id, market_id in _rows(session, statement, PaymentCode.reference, references):
        found.setdefault(reference, set()).add(_Stall(stall_id, market_id))
    return found


def _by_request(session: Session, references: set[str]) -> dict[str, tuple[_Stall, int]]:
    statement = select(PaymentRequest.reference, PaymentRequest.stall_id, PaymentRequest.market_id, PaymentRequest.id)
    rows = _rows(session, statement, PaymentRequest.reference, references)
    return {reference: (_Stall(stall_id, market_id), row_id) for reference, stall_id, market_id, row_id in rows}


def _by_account(session: Session, numbers: set[str]) -> dict[str, set[tuple[str, _Stall]]]:
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
    found: dict[str, set[tuple[str, _Stall]]] = {}
    for bank_bin, number, stall_id, market_id in _rows(session, statement, SettlementAccount.account_number, numbers):
        found.setdefault(number, set()).add((bank_bin, _Stall(stall_id, market_id)))
    return found


def _rows(session: Session, statement: Select[*tuple[Any, ...]], key: Any, wanted: set[str]) -> Iterator[Any]:
    """The rows whose key is wanted, asked for in portions that every database takes."""
    for keys in portions(sorted(wanted)):
        yield from session.execute(statement.where(key.in_(keys)))
