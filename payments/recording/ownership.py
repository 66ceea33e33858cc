"""Whose money is this? The one place that says it; the recorder, the work list and its grants all ask here.

What a credit carries claims it for stalls, in this order:

1. Its virtual account, if a code of this gateway has it. Revoked codes count: their money is still their stall's.
2. The references in its text, of codes and of payment requests, without the one that its own code puts there.
3. The account that was paid: a settlement account that is or was in force. A proposed one says nothing, for nobody has
   approved it. Where the gateway says at which bank the account is kept, the same number at another bank is another
   account; where it does not, the number alone has to do.

A reference never overrules the account that the money went to: who pays into an account of stall B with stall A's
reference in the text would have A's screen announce money that A never gets. Such a credit waits for a person.

Three places say a part of this again: `paid_into` below in SQL, for lists that a database has to narrow;
`match_by_code`, for the usual credit; and for the same the recorder's statement in `payments.recording.rows.postgres`.
All are held to each other on random worlds by `tests/payments/recording/test_ownership_worlds.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.markets.models import Market
from payments.recording.bulk import portions
from payments.recording.models import Credit, PaymentRequest
from payments.recording.rows.shapes import PaidCode
from vendors.codes.models import PaymentCode, PaymentReference
from vendors.codes.reference import find_references
from vendors.stalls.models import AccountStatus, SettlementAccount, Stall

#: A payer writes one reference; more than a few are noise, or mischief.
REFERENCES_PER_TEXT = 8
#: The accounts whose money is their stall's.
ACCOUNTS_THAT_COUNT: Final = (AccountStatus.CURRENT, AccountStatus.PAST)


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


class Evidence(Protocol):
    """What of a credit says whose it is, whether it is stored or only reported."""

    @property
    def virtual_account(self) -> str | None:
        """The number that the gateway issued for the account that was paid."""

    @property
    def account_number(self) -> str:
        """The account that was paid; empty where the gateway does not say."""

    @property
    def bank_bin(self) -> str | None:
        """The bank that keeps it; None where the gateway does not say."""

    @property
    def content(self) -> str:
        """The payer's text."""


class Owner(NamedTuple):
    """A stall that may own a credit."""

    stall_id: int
    market_id: int


@dataclass(frozen=True, slots=True)
class Claims:
    """The stalls for which one credit's evidence speaks."""

    #: Whose code has the virtual account; then nobody else has a claim.
    coded: Owner | None = None
    #: Whom the text names.
    named: frozenset[Owner] = frozenset()
    #: Who has the account that was paid.
    holders: frozenset[Owner] = frozenset()
    #: The payment requests that the text names, in its order.
    requests: tuple[tuple[Owner, int], ...] = ()

    @property
    def stall_ids(self) -> set[int]:
        """Every stall that has a claim: whom to ask when it does not decide."""
        owners = {self.coded} if self.coded is not None else self.named | self.holders
        return {owner.stall_id for owner in owners}

    def decide(self) -> Match | UnmatchedBecause:
        """The one stall that it is for, or why there is none."""
        if self.coded is not None:
            return self._match(self.coded, MatchedBy.VIRTUAL_ACCOUNT)
        if self.named and self.holders and not self.named & self.holders:
            return UnmatchedBecause.CONTRADICTION
        for by, owners in ((MatchedBy.REFERENCE, self.named), (MatchedBy.ACCOUNT, self.holders)):
            if len(owners) == 1:
                return self._match(next(iter(owners)), by)
        return UnmatchedBecause.AMBIGUOUS if self.named or self.holders else UnmatchedBecause.NO_MATCH

    def _match(self, owner: Owner, by: MatchedBy) -> Match:
        request_id = next((request_id for asking, request_id in self.requests if asking == owner), None)
        return Match(owner.stall_id, owner.market_id, by, request_id)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the keys in some credits stand for."""

    #: By virtual account: the stall, and the reference that its code puts into the text.
    virtual: dict[str, tuple[Owner, str]] = field(default_factory=dict)
    #: By reference: the stall, and the payment request that has it, unless a code has.
    references: dict[str, tuple[Owner, int | None]] = field(default_factory=dict)
    #: By number: the stalls that have such an account, each with the bank that keeps it.
    accounts: dict[str, set[tuple[str, Owner]]] = field(default_factory=dict)


def match(session: Session, gateway: str, credits_: Sequence[Evidence]) -> list[Match | UnmatchedBecause]:
    """For each credit its stall, or why there is none; in a few statements for all of them together."""
    return [claims.decide() for claims in find_claims(session, gateway, credits_)]


def match_by_code(code: PaidCode, named: str | None) -> Match | None:
    """The usual case, decided without a look-up: the text names nothing but the code that the money came by.

    `named` holds the references in the text with spaces between them, None without any.
    """
    if named not in {None, code.reference}:
        return None
    return Match(code.stall_id, code.market_id, MatchedBy.VIRTUAL_ACCOUNT)


def find_claims(session: Session, gateway: str, credits_: Sequence[Evidence]) -> list[Claims]:
    """For each credit of a gateway whose it may be; in a few statements for all of them together."""
    virtual = _by_virtual_account(session, gateway, {c.virtual_account for c in credits_ if c.virtual_account})
    named = [_references(c, virtual) for c in credits_]
    rest = [c for c in credits_ if c.virtual_account not in virtual]
    known = _Known(
        virtual,
        _by_reference(session, {reference for references in named for reference in references}),
        _by_account(session, {number for c in rest for number in _numbers(c)}),
    )
    return [_claims(c, references, known) for c, references in zip(credits_, named, strict=True)]


def paid_into(within: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on `Credit` that the account it was paid into is that of a stall in a market within a condition.

    The same as `Claims.coded` and `Claims.holders`. What the text names does not count: anybody can write a text.
    """
    coded = _coded_stalls()
    by_virtual_account, by_number = _holding_stalls(Credit.virtual_account), _holding_stalls(Credit.account_number)
    return case(
        (coded.exists(), coded.where(within).exists()),
        (by_virtual_account.exists(), by_virtual_account.where(within).exists()),
        else_=by_number.where(within).exists(),
    )


def _coded_stalls() -> Select[int]:
    """The stall whose code has the virtual account of an outer `Credit`."""
    return (
        select(PaymentCode.stall_id)
        .join(Market, Market.id == PaymentCode.market_id)
        .where(PaymentCode.gateway == Credit.gateway, PaymentCode.virtual_account == Credit.virtual_account)
    )


def _holding_stalls(number: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]) -> Select[int]:
    """The stalls that have the account with this number of an outer `Credit`."""
    return (
        select(SettlementAccount.stall_id)
        .join(Stall, Stall.id == SettlementAccount.stall_id)
        .join(Market, Market.id == Stall.market_id)
        .where(
            SettlementAccount.account_number == number,
            SettlementAccount.status.in_(ACCOUNTS_THAT_COUNT),
            or_(Credit.bank_bin.is_(None), SettlementAccount.bank_bin == Credit.bank_bin),
        )
    )


def _references(credit: Evidence, virtual: dict[str, tuple[Owner, str]]) -> list[str]:
    """The references in the text, without the one that says no more than the virtual account does."""
    of_account = virtual.get(credit.virtual_account or "")
    own = of_account[1] if of_account else None
    return [found for found in find_references(credit.content) if found != own][:REFERENCES_PER_TEXT]


def _claims(credit: Evidence, references: Sequence[str], known: _Known) -> Claims:
    found = [known.references[reference] for reference in references if reference in known.references]
    requests = tuple((owner, request_id) for owner, request_id in found if request_id is not None)
    of_account = known.virtual.get(credit.virtual_account or "")
    if of_account is not None:
        return Claims(coded=of_account[0], requests=requests)
    named = frozenset(owner for owner, _request_id in found)
    return Claims(None, named, frozenset(_holders(credit, known)), requests)


def _numbers(credit: Evidence) -> list[str]:
    # A virtual account that no code of ours has may be what a vendor gave as theirs: it says more than the account
    # behind it, which may be shared.
    return [number for number in (credit.virtual_account, credit.account_number) if number]


def _holders(credit: Evidence, known: _Known) -> set[Owner]:
    for number in _numbers(credit):
        of_number = known.accounts.get(number, set())
        owners = {owner for bank_bin, owner in of_number if credit.bank_bin in {None, bank_bin}}
        if owners:
            return owners
    return set()


def _by_virtual_account(session: Session, gateway: str, numbers: Collection[str]) -> dict[str, tuple[Owner, str]]:
    # The table gives a number to one code alone.
    statement = select(
        PaymentCode.virtual_account, PaymentCode.stall_id, PaymentCode.market_id, PaymentCode.reference
    ).where(PaymentCode.gateway == gateway)
    rows = _rows(session, statement, PaymentCode.virtual_account, numbers)
    return {number: (Owner(stall_id, market_id), reference) for number, stall_id, market_id, reference in rows}


def _by_reference(session: Session, references: Collection[str]) -> dict[str, tuple[Owner, int | None]]:
    given = PaymentReference
    statement = select(given.reference, given.stall_id, given.market_id, PaymentRequest.id).outerjoin(
        PaymentRequest, PaymentRequest.reference == given.reference
    )
    rows = _rows(session, statement, given.reference, references)
    return {reference: (Owner(stall_id, market_id), request_id) for reference, stall_id, market_id, request_id in rows}


def _by_account(session: Session, numbers: Collection[str]) -> dict[str, set[tuple[str, Owner]]]:
    statement = (
        select(
            SettlementAccount.bank_bin,
            SettlementAccount.account_number,
            SettlementAccount.stall_id,
            Stall.market_id,
        )
        .join(Stall, Stall.id == SettlementAccount.stall_id)
        .where(SettlementAccount.status.in_(ACCOUNTS_THAT_COUNT))
    )
    found: dict[str, set[tuple[str, Owner]]] = {}
    for bank_bin, number, stall_id, market_id in _rows(session, statement, SettlementAccount.account_number, numbers):
        found.setdefault(number, set()).add((bank_bin, Owner(stall_id, market_id)))
    return found


def _rows(session: Session, statement: Select[*tuple[Any, ...]], key: Any, wanted: Iterable[str]) -> Iterator[Any]:
    """The rows whose key is wanted, asked for in portions that every database takes."""
    for keys in portions(sorted(wanted)):
        yield from session.execute(statement.where(key.in_(keys)))
