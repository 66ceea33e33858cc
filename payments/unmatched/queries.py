"""Reading the work list for those who clear it: what waits, whose it may be, and what was given to whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, true, tuple_, union
from sqlalchemy.orm import Session, aliased, joinedload

from core.permissions.principal import Grant
from core.permissions.roles import Scope
from core.users.models import User
from market.markets.queries import within_grants
from payments.gateways.port import ReportedCredit
from payments.gateways.registry import READERS
from payments.recording.booking import CorrectionKind
from payments.recording.models import (
    Correction,
    Credit,
    CreditAlias,
    CreditConflict,
    GatewayMessage,
    Payment,
    PaymentBalance,
    UnmatchedCredit,
)
from payments.recording.ownership import find_claims, paid_into
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import stalls_within

#: Stalls that a search offers; more would be read by nobody.
STALLS_OFFERED = 20
#: Messages that say otherwise of one credit; a bank that says more than so many things is read by the operator.
MESSAGES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class OpenMoney:
    """How much waits: the number of credits, their sum, and when the oldest was paid (None when nothing waits)."""

    count: int
    amount_vnd: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A credit that a person gave to a stall, and what became of that since."""

    credit: Credit
    payment: Payment
    stall: Stall
    at: datetime
    by: str | None
    because: str
    unassigned_at: datetime | None
    unassigned_by: str | None
    #: Refunded, reversed, or given back in cash; such an assignment stands.
    gone_vnd: int


def open_money(session: Session, grants: Collection[Grant]) -> OpenMoney:
    """What of the work list concerns these grants."""
    statement = (
        select(func.count(), func.coalesce(func.sum(Credit.amount_vnd), 0), func.min(Credit.paid_at))
        .join(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .where(UnmatchedCredit.payment_id.is_(None), concerning(grants))
    )
    count, amount_vnd, oldest = session.execute(statement).one()
    return OpenMoney(int(count), int(amount_vnd), oldest)


def open_ones(
    session: Session, grants: Collection[Grant], after: int | None, limit: int
) -> list[tuple[UnmatchedCredit, Credit]]:
    """What waits within these grants, by when it was paid, the oldest first; `after` is the id of a credit."""
    statement = (
        select(UnmatchedCredit, Credit)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.payment_id.is_(None), concerning(grants))
        .order_by(Credit.paid_at, Credit.id)
        .limit(limit)
    )
    last = session.get(Credit, after) if after is not None else None
    if last is not None:
        statement = statement.where(tuple_(Credit.paid_at, Credit.id) > (last.paid_at, last.id))
    return [(row[0], row[1]) for row in session.execute(statement)]


def open_one(session: Session, grants: Collection[Grant], credit_id: int) -> tuple[UnmatchedCredit, Credit] | None:
    """A credit that waits within these grants."""
    statement = (
        select(UnmatchedCredit, Credit)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.credit_id == credit_id, UnmatchedCredit.payment_id.is_(None), concerning(grants))
    )
    row = session.execute(statement).first()
    return (row[0], row[1]) if row else None


def later_reports(session: Session, credit: Credit) -> list[ReportedCredit]:
    """What messages that came after a credit was recorded say of it: by an alias, or something else than is recorded.

    A credit stays as it was recorded; a notification that comes after the statement may know more of it.
    """
    later = union(
        *(select(table.message_id).where(table.credit_id == credit.id) for table in (CreditConflict, CreditAlias))
    )
    statement = (
        select(GatewayMessage)
        .where(GatewayMessage.id.in_(later.scalar_subquery()))
        .order_by(GatewayMessage.id)
        .limit(MESSAGES_SHOWN)
    )
    ids = {credit.external_id, *session.scalars(_aliases(credit))}
    return [
        one
        for message in session.scalars(statement)
        for one in READERS[message.gateway](message.message_id, message.body).credits
        if one.external_id in ids
    ]


def _aliases(credit: Credit) -> Select[str]:
    return select(CreditAlias.external_id).where(CreditAlias.credit_id == credit.id)


def likely_stalls(
    session: Session, grants: Collection[Grant], credit: Credit, later: Sequence[ReportedCredit]
) -> Sequence[Stall]:
    """The stalls within these grants that have a claim to a credit, as recorded or as reported later; by code."""
    claims = find_claims(session, credit.gateway, [credit, *later])
    return _stalls(session, grants, Stall.id.in_(set().union(*(one.stall_ids for one in claims))))


def searched_stalls(session: Session, grants: Collection[Grant], matching: ColumnElement[bool]) -> Sequence[Stall]:
    """The stalls within these grants that meet a condition, by code."""
    return _stalls(session, grants, matching)


def _stalls(session: Session, grants: Collection[Grant], *conditions: ColumnElement[bool]) -> Sequence[Stall]:
    statement = (
        select(Stall)
        .where(stalls_within(grants), Stall.status != StallStatus.PENDING, *conditions)
        .options(joinedload(Stall.market), joinedload(Stall.vendor))
        .order_by(Stall.code)
        .limit(STALLS_OFFERED)
    )
    return session.scalars(statement).all()


def assigned(session: Session, grants: Collection[Grant], before: int | None, limit: int) -> list[Assigned]:
    """What people gave to stalls within these grants, newest first, of payments with an id below `before`."""
    giver, taker, unassignment = aliased(User), aliased(User), aliased(Correction)
    statement = (
        select(UnmatchedCredit, Credit, Payment, Stall, giver.name, unassignment.recorded_at, taker.name)
        .add_columns(func.coalesce(PaymentBalance.committed_vnd + PaymentBalance.reversed_vnd, 0))
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .join(Payment, Payment.id == UnmatchedCredit.payment_id)
        .join(Stall, Stall.id == Payment.stall_id)
        .outerjoin(giver, giver.id == UnmatchedCredit.assigned_by_id)
        .outerjoin(
            unassignment,
            (unassignment.payment_id == Payment.id) & (unassignment.kind == CorrectionKind.UNASSIGNMENT.value),
        )
        .outerjoin(taker, taker.id == unassignment.recorded_by_id)
        .outerjoin(PaymentBalance, PaymentBalance.payment_id == Payment.id)
        .where(stalls_within(grants))
        .options(joinedload(Stall.market), joinedload(Stall.vendor))
        .order_by(Payment.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Payment.id < before)
    return [
        Assigned(
            credit=credit,
            payment=payment,
            stall=stall,
            at=row.assigned_at or payment.recorded_at,
            by=by,
            because=row.assigned_because or "",
            unassigned_at=unassigned_at,
            unassigned_by=unassigned_by,
            gone_vnd=0 if unassigned_at else int(gone_vnd),
        )
        for row, credit, payment, stall, by, unassigned_at, unassigned_by, gone_vnd in session.execute(statement)
    ]


def unmatched(
    session: Session, grants: Collection[Grant], after: int, limit: int
) -> Sequence[tuple[UnmatchedCredit, Credit]]:
    """Credits without a stall, oldest first, with a credit id above `after`.

    See `concerning` for which of them a grant shows.
    """
    statement = (
        select(UnmatchedCredit, Credit)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.credit_id > after, UnmatchedCredit.payment_id.is_(None), concerning(grants))
        .order_by(UnmatchedCredit.credit_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def concerns(session: Session, grants: Collection[Grant], credit_id: int) -> bool:
    """Whether a credit that was on the work list lies within these grants."""
    statement = (
        select(UnmatchedCredit.credit_id)
        .join(Credit, Credit.id == UnmatchedCredit.credit_id)
        .where(UnmatchedCredit.credit_id == credit_id, concerning(grants))
        .limit(1)
    )
    return session.scalar(statement) is not None


def concerning(grants: Collection[Grant]) -> ColumnElement[bool]:
    """The condition on `Credit` that these grants show it: all of them, or what was paid to a stall within them."""
    if any(grant.scope is Scope.EVERYWHERE for grant in grants):
        return true()
    return paid_into(within_grants(grants))


def count_unmatched(session: Session) -> tuple[int, int]:
    """How many credits have no stall, and their sum in đồng."""
    statement = (
        select(func.count(), func.coalesce(func.sum(Credit.amount_vnd), 0))
        .join(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .where(UnmatchedCredit.payment_id.is_(None))
    )
    count, amount_vnd = session.execute(statement).one()
    return int(count), int(amount_vnd)
