"""Loading demo data: through the same services and the same recorder as real data, with everything marked synthetic."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.database import database, unit_of_work
from core.permissions.principal import SYSTEM, Grant, Principal
from core.permissions.roles import Role, Scope
from core.settings import Settings
from core.users import services as users
from core.users.models import User
from core.users.passwords import prepare
from core.users.targets import grant_from_codes
from demo import cast, shape
from demo.bank import open_accounts, running_bank
from demo.people import Sample, sample_vendor
from demo.progress import Progress
from market.markets.models import Market
from payments.cash.services import note_sale
from payments.gateways.port import ReportedCredit
from payments.recording.ingest import Submission
from payments.recording.recorder import commit
from vendors.codes.banks import SIMULATED_BIN
from vendors.codes.models import PaymentCode
from vendors.registration import services as stalls
from vendors.stalls.models import Stall

#: The gateway that stands beside every synthetic payment, so that none can be taken for a bank's.
GATEWAY = "synthetic"
CREDITS_AT_ONCE = 5_000
#: Credits without a stall, for the work list.
STRAYS = 5
#: Vendors who note cash, how often, over how many days, and in what steps.
CASH_STALLS = 12
CASH_SALES_EACH = 30
CASH_DAYS = 20
CASH_ROUND_TO_VND = 5_000
#: Stalls that are left for somebody to approve.
PENDING = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to make up; the same plan on the same day gives the same data."""

    markets: int
    stalls: int
    days: int
    payments: int
    seed: int


@dataclass(slots=True)
class _Candidate:
    """A stall to be made, and what becomes of it."""

    market: Market
    profile: shape.Profile
    number: str
    sample: Sample
    approved_at: datetime
    with_account: bool
    #: When its account is approved: with the stall, or some weeks later.
    coded_at: datetime
    takes_part: bool
    #: When shoppers begin to pay by its code.
    paid_from: datetime
    appeal: float
    left_pending: bool = False
    stall_id: int = field(default=0)


def already_loaded() -> bool:
    """Whether there are stalls."""
    with database().reading() as session:
        return bool(session.scalar(select(func.count()).select_from(Stall)))


def load(settings: Settings, plan: Plan, progress: Progress) -> None:
    """Make people, stalls with codes, and payments."""
    rng = random.Random(plan.seed)  # noqa: S311 - made-up data, repeatable on purpose
    until = clock.now()
    staff = _open_staff()
    candidates = _candidates(rng, plan, until)
    with running_bank(settings) as bank:
        open_accounts(bank, [(one.sample.account_number, one.sample.holder_name) for one in candidates])
        _register(candidates, staff, progress)
    _open_vendor(candidates)
    with _without_collecting():
        _pay(rng, plan, candidates, until, progress)
    _note_cash(rng, plan, candidates, until, progress)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Keep the garbage collector from walking hundreds of thousands of made-up payments, none of which is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _open_staff() -> dict[str, Principal]:
    """Add the demo's users; gives those who act below."""
    for person in cast.STAFF:
        codes = {person.scope: person.place} if person.place else {}
        grant = grant_from_codes(person.role, codes)
        users.open_user(SYSTEM, users.NewUser(person.username, person.name, prepare(person.password), (grant,)))
    with database().reading() as session:
        return {person.username: _everywhere(session, person) for person in (cast.REGISTRAR, cast.APPROVER)}


def _everywhere(session: Session, person: cast.Person) -> Principal:
    """The user with its role in every market: the demo's two board members stand in for all boards' members."""
    user = session.scalars(select(User).where(User.username == person.username)).one()
    role = Grant(person.role, Scope.EVERYWHERE)
    return Principal(user.id, user.name, (role,))


def _candidates(rng: random.Random, plan: Plan, until: datetime) -> list[_Candidate]:
    with database().reading() as session:
        found = list(session.scalars(select(Market).order_by(Market.code != cast.MARKET, Market.code)))[: plan.markets]
    profiles = [shape.profile(rng, rank, len(found)) for rank in range(len(found))]
    candidates: list[_Candidate] = []
    for market, profile, count in zip(found, profiles, shape.shares(plan.stalls, profiles), strict=True):
        candidates += _of_market(rng, plan, market, profile, count, len(candidates), until)
    for one in [one for one in candidates if one.market.code == cast.MARKET][-PENDING:]:
        one.left_pending = one.with_account = True
        one.coded_at = one.approved_at
    return sorted(candidates, key=lambda one: (one.approved_at, one.market.code, one.number))


def _of_market(
    rng: random.Random, plan: Plan, market: Market, profile: shape.Profile, count: int, before: int, until: datetime
) -> Iterator[_Candidate]:
    for n, approved_at in enumerate(shape.joining_times(rng, count, plan.days, until), start=1):
        first = market.code == cast.MARKET and n == 1
        with_account = first or rng.random() < profile.code_share
        coded_at = (
            approved_at if first else min(shape.coded_at(rng, approved_at, plan.days), until - timedelta(hours=1))
        )
        paid_from = coded_at if first else shape.paid_from(rng, profile, coded_at, plan.days)
        yield _Candidate(
            market=market,
            profile=profile,
            number=shape.stall_number(n),
            sample=sample_vendor(rng, before + n),
            approved_at=approved_at,
            with_account=with_account,
            coded_at=coded_at,
            paid_from=paid_from,
            takes_part=with_account and (first or rng.random() < profile.active_share),
            appeal=3.0 if first else rng.lognormvariate(0, 0.8),
        )


def _register(candidates: list[_Candidate], staff: dict[str, Principal], progress: Progress) -> None:
    registrar, approver = staff[cast.REGISTRAR.username], staff[cast.APPROVER.username]
    step = progress("stalls", len(candidates))
    for one in candidates:
        with clock.pretending(one.approved_at - timedelta(hours=20)):
            stall = stalls.register(registrar, _new_stall(one))
        one.stall_id = stall.id
        if not one.left_pending:
            with clock.pretending(one.approved_at):
                stalls.approve(approver, stall.code)
            if one.with_account and one.coded_at > one.approved_at:
                _add_account(registrar, approver, stall.code, one)
        step(1)


def _add_account(registrar: Principal, approver: Principal, code: str, one: _Candidate) -> None:
    """The vendor opens a bank account later than the stall."""
    with clock.pretending(one.coded_at - timedelta(hours=2)):
        stalls.propose_account(registrar, code, _account(one))
    with clock.pretending(one.coded_at):
        stalls.approve(approver, code)


def _account(one: _Candidate) -> stalls.AccountGiven:
    return stalls.AccountGiven(SIMULATED_BIN, one.sample.account_number, one.sample.holder_name)


def _new_stall(one: _Candidate) -> stalls.NewStall:
    at_once = one.with_account and one.coded_at == one.approved_at
    return stalls.NewStall(
        market=one.market.code,
        number=one.number,
        goods_line=one.sample.goods_line,
        vendor_name=one.sample.name,
        vendor_phone=one.sample.phone,
        account=_account(one) if at_once else None,
        synthetic=True,
    )


def _open_vendor(candidates: list[_Candidate]) -> None:
    code = cast.VENDOR.place
    stall = next((one for one in candidates if f"{one.market.code}-{one.number}" == code), None)
    if stall is None:
        return
    person = cast.VENDOR
    grant = Grant(Role.VENDOR, Scope.STALL, stall.stall_id)
    new = users.NewUser(person.username, stall.sample.name, prepare(person.password), (grant,))
    _give_sign_in(stall.stall_id, new)


@unit_of_work
def _give_sign_in(session: Session, stall_id: int, new: users.NewUser) -> None:
    opened = users.add_user(session, SYSTEM, new)
    session.get_one(Stall, stall_id).vendor.user_id = opened.id


def _pay(rng: random.Random, plan: Plan, candidates: list[_Candidate], until: datetime, progress: Progress) -> None:
    takers = [
        shape.Taker(one.stall_id, one.sample.goods_line, one.appeal, one.profile.growth, one.paid_from)
        for one in candidates
        if one.takes_part and not one.left_pending
    ]
    step = progress("payments", plan.payments)
    with database().reading() as session:
        codes = {code.stall_id: code for code in session.scalars(select(PaymentCode))}
    made = shape.purchases(rng, takers, plan.days, plan.payments, until)
    for start in range(0, len(made), CREDITS_AT_ONCE):
        group = made[start : start + CREDITS_AT_ONCE]
        credits_ = tuple(_credit(plan.seed, start + n, one, codes[one.key]) for n, one in enumerate(group))
        commit(database(), [Submission(GATEWAY, credits_)])
        step(len(group))
    _stray(plan, until)


def _stray(plan: Plan, until: datetime) -> None:
    """Money whose stall nobody knows yet: a text without a reference, to an account that no stall has."""
    strays = tuple(
        ReportedCredit(
            external_id=f"synthetic-{plan.seed}-stray-{n}",
            bank_ref=f"MAULAC{n:06d}",
            bank_bin=SIMULATED_BIN,
            account_number="4000000000000",
            amount_vnd=(n + 1) * 35_000,
            content="tra tien hang cho chi Mau",
            paid_at=until - timedelta(days=n, hours=3),
            payer_bank_bin="970436",
            payer_name="KHACH MAU",
        )
        for n in range(STRAYS)
    )
    commit(database(), [Submission(GATEWAY, strays)])


def _note_cash(
    rng: random.Random, plan: Plan, candidates: list[_Candidate], until: datetime, progress: Progress
) -> None:
    """A few vendors note their cash sales, too; most never do."""
    noting = [one for one in candidates if one.takes_part and not one.left_pending][:CASH_STALLS]
    moments = sorted(
        (until - timedelta(days=rng.uniform(0.1, min(CASH_DAYS, plan.days))), n)
        for n in range(len(noting))
        for _ in range(CASH_SALES_EACH)
    )
    step = progress("cash", len(moments))
    for serial, (moment, n) in enumerate(moments):
        one, amount_vnd = noting[n], rng.randrange(1, 40) * CASH_ROUND_TO_VND
        if one.approved_at < moment:
            with clock.pretending(moment):
                note_sale(SYSTEM, f"{one.market.code}-{one.number}", amount_vnd, f"synthetic-{plan.seed}-{serial}")
        step(1)


def _credit(seed: int, serial: int, purchase: shape.Purchase, code: PaymentCode) -> ReportedCredit:
    return ReportedCredit(
        external_id=f"synthetic-{seed}-{serial}",
        bank_ref=f"MAU{serial:09d}",
        bank_bin=code.bank_bin,
        account_number=code.account_number,
        amount_vnd=purchase.amount_vnd,
        content=code.reference,
        paid_at=purchase.paid_at,
        payer_bank_bin=purchase.payer_bank,
        payer_name="KHACH MAU",
    )
