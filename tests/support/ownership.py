"""Random worlds of stalls, accounts, codes and requests, and whose a credit is in them, worked out in plain Python.

Numbers, banks and references come from small pools, so that they are shared, reused and mistaken as often as not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.database import database
from payments.gateways.port import ReportedCredit
from payments.recording.models import PaymentRequest
from tests.support.money import CodedStall, coded_stalls, credit, give_reference
from vendors.codes.models import PaymentCode
from vendors.codes.reference import with_check
from vendors.stalls.models import SettlementAccount, Stall

GATEWAYS = ("simbank", "sepay")
BANKS = ("970499", "970436")
NUMBERS = ("1001", "1002", "1003", "1004", "1005")
NOISE = ("MBVCB", "tra tien rau", "cảm ơn", "1234567", "x")
#: A text that names more is believed for the first few only.
REFERENCES_BELIEVED = 8


@dataclass(frozen=True, slots=True)
class Account:
    """A settlement account, in whatever status."""

    stall_id: int
    bank_bin: str
    number: str
    status: str


@dataclass(frozen=True, slots=True)
class Code:
    """A payment code, live or revoked."""

    stall_id: int
    gateway: str | None
    virtual_account: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Request:
    """A payment request."""

    request_id: int
    stall_id: int
    reference: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A credit, and the references that were written into its text, in their order."""

    gateway: str
    credit: ReportedCredit
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose a credit is: a stall with how it was found and the request, or a reason why it is nobody's."""

    stall_id: int | None
    because: str
    request_id: int | None = None


@dataclass(slots=True)
class World:
    """What there is, as plain facts."""

    market_of: dict[int, int] = field(default_factory=dict)
    pending: set[int] = field(default_factory=set)
    accounts: list[Account] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def decide(self, one: Reported) -> Verdict:
        """The whole rule, told once more."""
        code = self._code(one)
        if code is not None:
            return Verdict(code.stall_id, "virtual_account", self._request(one, code.stall_id))
        named, holders = self._named(one), self._holders(one)
        if named and holders and not named & holders:
            return Verdict(None, "contradiction")
        for by, stalls in (("reference", named), ("account", holders)):
            if len(stalls) == 1:
                (stall_id,) = stalls
                return Verdict(stall_id, by, self._request(one, stall_id))
        return Verdict(None, "ambiguous" if named or holders else "no_match")

    def claimants(self, one: Reported) -> set[int]:
        """Every stall that it may be for."""
        code = self._code(one)
        return {code.stall_id} if code is not None else self._named(one) | self._holders(one)

    def paid(self, one: Reported) -> set[int]:
        """The stalls that have the account which it was paid into."""
        code = self._code(one)
        return {code.stall_id} if code is not None else self._holders(one)

    def _code(self, one: Reported) -> Code | None:
        for code in self.codes:
            if code.virtual_account and (code.gateway, code.virtual_account) == (
                one.gateway,
                one.credit.virtual_account,
            ):
                return code
        return None

    def _believed(self, one: Reported) -> list[str]:
        code = self._code(one)
        others = [reference for reference in one.written if code is None or reference != code.reference]
        return others[:REFERENCES_BELIEVED]

    def _named(self, one: Reported) -> set[int]:
        believed = self._believed(one)
        return {owner.stall_id for owner in (*self.codes, *self.requests) if owner.reference in believed}

    def _holders(self, one: Reported) -> set[int]:
        for number in (one.credit.virtual_account, one.credit.account_number):
            holders = {
                account.stall_id
                for account in self.accounts
                if account.number == number
                and account.status in {"current", "past"}
                and one.credit.bank_bin in {None, account.bank_bin}
            }
            if holders:
                return holders
        return set()

    def _request(self, one: Reported, stall_id: int) -> int | None:
        for reference in self._believed(one):
            for request in self.requests:
                if (request.reference, request.stall_id) == (reference, stall_id):
                    return request.request_id
        return None


def make_world(chance: Random) -> World:
    """Write a world into an empty database: two markets with some stalls each, in all states."""
    stalls = [*coded_stalls(4, begun=chance.random() < 0.7), *coded_stalls(3)]
    world = World({stall.id: stall.market_id for stall in stalls})
    with database().writing() as session:
        for stall in stalls:
            _accounts(session, chance, world, stall)
            _codes(session, chance, world, stall)
            _requests(session, chance, world, stall)
            if chance.random() < 0.1:
                session.get_one(Stall, stall.id).status = "pending"
                world.pending.add(stall.id)
    return world


def make_credits(chance: Random, world: World, count: int) -> list[Reported]:
    """Credits that hit, miss and confuse what there is."""
    return [_reported(chance, world) for _ in range(count)]


def _accounts(session: Session, chance: Random, world: World, stall: CodedStall) -> None:
    current = session.scalars(select(SettlementAccount).where(SettlementAccount.stall_id == stall.id)).one()
    if chance.random() < 0.7:
        current.account_number, current.bank_bin = chance.choice(NUMBERS), chance.choice(BANKS)
    world.accounts.append(Account(stall.id, current.bank_bin, current.account_number, "current"))
    others = ["past"] * chance.randrange(3) + ["proposed"] * chance.randrange(2) + ["rejected"] * chance.randrange(2)
    for status in others:
        account = Account(stall.id, chance.choice(BANKS), chance.choice(NUMBERS), status)
        world.accounts.append(account)
        session.add(
            SettlementAccount(
                stall_id=stall.id,
                bank_bin=account.bank_bin,
                account_number=account.number,
                holder_name="TRAN THI MAU",
                status=status,
                name_check="match",
                proposed_at=clock.now(),
            )
        )


def _codes(session: Session, chance: Random, world: World, stall: CodedStall) -> None:
    first = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == stall.id)).one()
    if chance.random() < 0.3:
        first.gateway, first.virtual_account = None, None
    elif chance.random() < 0.3:
        first.gateway = "sepay"
    taken = {(code.gateway, code.virtual_account) for code in world.codes}
    # A number that some vendor has as their own may be another one's virtual account.
    shared = ("sepay", chance.choice(NUMBERS))
    if chance.random() < 0.2 and shared not in taken:
        first.gateway, first.virtual_account = shared
    world.codes.append(Code(stall.id, first.gateway, first.virtual_account, first.reference))
    if chance.random() < 0.5:
        first.revoked_at, first.until_day = clock.now(), clock.today()
        session.flush()
    if first.revoked_at is not None and chance.random() < 0.7:
        second = Code(stall.id, "simbank", f"SB41{stall.id:08d}", with_check(f"C4{4_000_000 + stall.id}"))
        world.codes.append(second)
        give_reference(session, second.reference, session.get_one(Stall, stall.id), "code")
        session.add(_code_row(session, stall, second))


def _code_row(session: Session, stall: CodedStall, code: Code) -> PaymentCode:
    account = session.scalars(
        select(SettlementAccount).where(SettlementAccount.stall_id == stall.id, SettlementAccount.status == "current")
    ).one()
    return PaymentCode(
        stall_id=stall.id,
        market_id=stall.market_id,
        version=2,
        reference=code.reference,
        gateway=code.gateway,
        virtual_account=code.virtual_account,
        settlement_account_id=account.id,
        bank_bin=BANKS[0],
        account_number=str(code.virtual_account),
        payload="-",
        issued_at=clock.now(),
        from_day=date(2026, 1, 1),
    )


def _requests(session: Session, chance: Random, world: World, stall: CodedStall) -> None:
    for n in range(chance.randrange(3)):
        reference = with_check(f"C4{5_000_000 + 10 * stall.id + n}")
        give_reference(session, reference, session.get_one(Stall, stall.id), "request")
        row = PaymentRequest(
            public_id=f"pr_{stall.id}_{n}",
            reference=reference,
            stall_id=stall.id,
            market_id=stall.market_id,
            amount_vnd=50_000,
            payload="-",
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=15),
        )
        session.add(row)
        session.flush()
        world.requests.append(Request(row.id, stall.id, row.reference))


def _reported(chance: Random, world: World) -> Reported:
    coded = [code for code in world.codes if code.virtual_account]
    code = chance.choice(coded) if coded and chance.random() < 0.5 else None
    virtual_account = code.virtual_account if code else chance.choice((None, None, "NOBODYS", *NUMBERS))
    gateway = code.gateway if code and code.gateway and chance.random() < 0.8 else chance.choice(GATEWAYS)
    account_number = chance.choice(("", "9999", *NUMBERS, *(account.number for account in world.accounts)))
    written = tuple(dict.fromkeys(_written(chance, world, code)))
    reported = credit(
        account_number=account_number,
        virtual_account=virtual_account,
        bank_bin=chance.choice((None, *BANKS)),
        content=_text(chance, written),
    )
    return Reported(gateway, reported, written)


def _written(chance: Random, world: World, code: Code | None) -> Iterator[str]:
    if code is not None and chance.random() < 0.5:
        yield code.reference
    if chance.random() < 0.05:
        yield from (with_check(f"C4{9_000_000 + n}") for n in range(REFERENCES_BELIEVED))
    own = [request.reference for request in world.requests if code and request.stall_id == code.stall_id]
    if own and chance.random() < 0.4:
        yield chance.choice(own)
    ours = [owner.reference for owner in (*world.codes, *world.requests)]
    yield from chance.choices([*ours, with_check("C49999999")], k=chance.choice((0, 0, 0, 1, 1, 2)))


def _text(chance: Random, written: tuple[str, ...]) -> str:
    parts = [chance.choice(NOISE)]
    for reference in written:
        parts += [
            chance.choice((reference, reference.lower(), f"{reference[:5]} {reference[5:]}")),
            chance.choice(NOISE),
        ]
    return " ".join(parts)
