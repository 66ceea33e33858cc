"""Registering stalls, and correcting what was registered."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.database import database, unit_of_work
from core.errors import InvalidInput
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from market.markets.models import Market
from market.markets.queries import find_market, place_of
from vendors.registration.errors import StallExists, WrongState
from vendors.registration.services.accounts import (
    AccountGiven,
    HolderAnswer,
    add_proposal,
    ask_holder,
    describe_account,
)
from vendors.registration.services.common import lock_stall, refresh_search_key, trace
from vendors.registration.services.sign_in import end_sign_in
from vendors.stalls.models import Stall, StallStatus, Vendor


@dataclass(frozen=True, slots=True)
class NewStall:
    """A stall to register, its parts in the form that `vendors.registration.schemas` gives them; `market` is a code.

    Without an account it will be in operation without a payment code.
    """

    market: str
    number: str
    goods_line: str
    vendor_name: str
    vendor_phone: str
    account: AccountGiven | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class StallChange:
    """What to correct; None leaves a part as it is."""

    goods_line: str | None = None
    vendor_name: str | None = None
    vendor_phone: str | None = None


def register(actor: Principal, new: NewStall) -> Stall:
    """Register a stall, waiting for somebody else's approval; the bank is asked whose the account is.

    Raises `InvalidInput` for an unknown market, `NotFound` or `Forbidden` outside the actor's grants, `StallExists`.
    """
    with database().reading() as reading:
        _allowed_market(reading, actor, new.market)
    given = new.account
    answer = ask_holder(given.bank_bin, given.account_number, given.holder_name) if given else None
    return _register(actor, new, answer)


@unit_of_work
def _register(session: Session, actor: Principal, new: NewStall, answer: HolderAnswer | None) -> Stall:
    market = _allowed_market(session, actor, new.market)
    stall = _fresh_stall(session, market, new.number)
    _write(actor, stall, new)
    session.add(stall)
    try:
        session.flush()
    except IntegrityError as error:
        # Another request took the number since the look.
        raise StallExists(data={"number": new.number}) from error
    _trace_registration(session, actor, stall, new, answer)
    refresh_search_key(stall)
    return stall


@unit_of_work
def edit(session: Session, actor: Principal, code: str, change: StallChange) -> Stall:
    """Correct what a stall sells or who keeps it; another phone number ends the vendor's sign-in for this stall.

    Raises `NotFound`, `Forbidden`, `WrongState` when it has closed.
    """
    stall = lock_stall(session, actor, code, Permission.STALL_EDIT)
    if stall.status == StallStatus.CLOSED:
        raise WrongState(_("The stall has closed."))
    before = _describe(stall)
    stall.goods_line = change.goods_line or stall.goods_line
    stall.vendor.name = change.vendor_name or stall.vendor.name
    if change.vendor_phone and change.vendor_phone != stall.vendor.phone:
        # Another number is another keeper, who finds neither the old one's sign-in nor leaves it this stall.
        end_sign_in(session, actor, stall)
        stall.vendor.phone, stall.vendor.phone_set_by_id = change.vendor_phone, actor.user_id
    after = _describe(stall)
    changed = [field for field in after if after[field] != before[field]]
    if changed:
        trace(
            session,
            actor,
            "stall.edit",
            stall,
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )
        refresh_search_key(stall)
    _load(stall)
    return stall


def _allowed_market(session: Session, actor: Principal, code: str) -> Market:
    market = find_market(session, code)
    if market is None:
        raise InvalidInput({"market": [_("There is no market %(code)s.", code=code)]})
    actor.require(Permission.STALL_REGISTER, place_of(market))
    return market


def _fresh_stall(session: Session, market: Market, number: str) -> Stall:
    """A new row, or the row of a registration that was refused: nothing was ever paid to that one."""
    known = session.scalar(
        select(Stall).where(Stall.market_id == market.id, Stall.number == number).with_for_update(key_share=True)
    )
    if known is None:
        return Stall(market=market, number=number, code=f"{market.code}-{number}", accounts=[])
    if known.status == StallStatus.CLOSED and known.approved_at is None:
        return known
    closed = known.status == StallStatus.CLOSED
    detail = _("A stall of this number has closed; its receipts keep the number. Use another one.") if closed else None
    raise StallExists(detail, data={"stall": known.code})


def _write(actor: Principal, stall: Stall, new: NewStall) -> None:
    moment = clock.now()
    stall.vendor = Vendor(
        name=new.vendor_name, phone=new.vendor_phone, phone_set_by_id=actor.user_id, created_at=moment
    )
    stall.goods_line = new.goods_line
    stall.status = StallStatus.PENDING
    stall.synthetic = new.synthetic
    stall.registered_at = moment
    stall.registered_by_id = actor.user_id
    stall.registered_by_name = actor.name


def _trace_registration(
    session: Session, actor: Principal, stall: Stall, new: NewStall, answer: HolderAnswer | None
) -> None:
    after = {"number": stall.number, **_describe(stall), "account": None}
    if new.account and answer:
        after["account"] = describe_account(add_proposal(session, actor, stall, new.account, answer))
    trace(session, actor, "stall.register", stall, after=after)


def _describe(stall: Stall) -> dict[str, object]:
    return {"goods_line": stall.goods_line, "vendor_name": stall.vendor.name, "vendor_phone": stall.vendor.phone}


def _load(stall: Stall) -> None:
    """Have what callers read after the unit of work at hand."""
    _ = (stall.market, stall.vendor, stall.accounts)
