"""Reading stalls with their accounts and codes, for those who register, approve and list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core import search
from core.audit.models import AuditEntry
from core.audit.queries import EntryFilter, list_entries
from market.markets.models import Market
from vendors.codes.models import PaymentCode
from vendors.codes.queries import live_codes
from vendors.stalls.models import NO_ACCOUNT, AccountStatus, SettlementAccount, Stall, StallStatus

#: How many goods lines a form suggests.
GOODS_LINES_MAX = 40


class Show(StrEnum):
    """What a board asks its list for, in its own words."""

    WAITING = "waiting"
    ACTIVE = "active"
    WITHOUT_CODE = "without_code"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StallFilter:
    """What to narrow a list to; each part is left out when it is None. `market` is a code."""

    market: str | None = None
    status: str | None = None
    show: Show | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class StallDetail:
    """A stall with its accounts and its live code.

    `account` is the one in force, or the one that waits when none is yet; `proposed` waits to replace it.
    """

    stall: Stall
    account: SettlementAccount | None
    proposed: SettlementAccount | None
    code: PaymentCode | None

    @property
    def waiting_account(self) -> SettlementAccount | None:
        """The account that waits for approval, whether or not another is in force."""
        return next((one for one in self.stall.accounts if one.status == AccountStatus.PROPOSED), None)

    @property
    def fingerprint(self) -> str:
        """Tells what waits from whatever else may wait when it is decided about."""
        return self.waiting_account.fingerprint if self.waiting_account else NO_ACCOUNT

    @property
    def waits(self) -> bool:
        """Whether somebody has to approve something."""
        return self.stall.status == StallStatus.PENDING or (
            self.stall.status != StallStatus.CLOSED and self.waiting_account is not None
        )


@dataclass(frozen=True, slots=True)
class MarketCounts:
    """How many stalls of a market stand where.

    `waiting` counts those with an account to approve, too; those `without_code` are in operation.
    """

    waiting: int = 0
    active: int = 0
    without_code: int = 0
    suspended: int = 0
    closed: int = 0


def list_stalls(
    session: Session,
    narrowed: StallFilter,
    *conditions: ColumnElement[bool],
    after: str | None = None,
    limit: int | None = None,
) -> list[StallDetail]:
    """The stalls that meet the filter and every condition, by code: at most `limit` after the code `after`."""
    statement = (
        select(Stall)
        .where(*_filters(narrowed), *conditions)
        .options(joinedload(Stall.market), joinedload(Stall.vendor), selectinload(Stall.accounts))
        .order_by(Stall.code)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Stall.code > after)
    stalls = session.scalars(statement).all()
    return _details(session, stalls)


def detail(session: Session, stall: Stall) -> StallDetail:
    """One stall with its accounts and its live code."""
    return _details(session, [stall])[0]


def count_by_market(session: Session, *conditions: ColumnElement[bool]) -> dict[int, MarketCounts]:
    """How many stalls stand where, for each market that has any: market id → counts."""
    shown = {show: func.count().filter(_shown_as(show)) for show in Show}
    statement = select(Stall.market_id, *shown.values()).where(*conditions).group_by(Stall.market_id)
    names = [show.value for show in shown]
    return {row[0]: MarketCounts(**dict(zip(names, row[1:], strict=True))) for row in session.execute(statement)}


def history(session: Session, stall: Stall) -> Sequence[AuditEntry]:
    """Everything that was changed about a stall, newest first."""
    return list_entries(session, EntryFilter(subject=f"stall {stall.code}"), limit=None)


def _details(session: Session, stalls: Sequence[Stall]) -> list[StallDetail]:
    codes = live_codes(session, [stall.id for stall in stalls])
    details = []
    for stall in stalls:
        by_status = {account.status: account for account in stall.accounts}
        current, proposed = by_status.get(AccountStatus.CURRENT), by_status.get(AccountStatus.PROPOSED)
        details.append(
            StallDetail(stall, current or proposed, proposed if current is not None else None, codes.get(stall.id))
        )
    return details


def _filters(narrowed: StallFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrowed.market is not None:
        conditions.append(Stall.market_id.in_(select(Market.id).where(Market.code == narrowed.market.upper())))
    if narrowed.status is not None:
        conditions.append(Stall.status == narrowed.status)
    if narrowed.show is not None:
        conditions.append(_shown_as(narrowed.show))
    if narrowed.text is not None:
        conditions.append(search.matches(Stall.search_key, narrowed.text))
    return conditions


def _shown_as(show: Show) -> ColumnElement[bool]:
    running = Stall.status.in_((StallStatus.ACTIVE, StallStatus.SUSPENDED))
    match show:
        case Show.WAITING:
            proposed = exists().where(
                SettlementAccount.stall_id == Stall.id, SettlementAccount.status == AccountStatus.PROPOSED
            )
            return or_(Stall.status == StallStatus.PENDING, and_(running, proposed))
        case Show.WITHOUT_CODE:
            live = exists().where(PaymentCode.stall_id == Stall.id, PaymentCode.revoked_at.is_(None))
            return and_(Stall.status == StallStatus.ACTIVE, ~live)
        case Show.ACTIVE | Show.SUSPENDED | Show.CLOSED:
            return Stall.status == StallStatus(show.value)


def goods_lines(session: Session, market_ids: Sequence[int]) -> list[str]:
    """What stalls of these markets sell, the most frequent first: suggestions for a form."""
    statement = (
        select(Stall.goods_line)
        .where(Stall.market_id.in_(market_ids))
        .group_by(Stall.goods_line)
        .order_by(func.count().desc(), Stall.goods_line)
        .limit(GOODS_LINES_MAX)
    )
    return list(session.scalars(statement))
