"""The only writers of cash sales.

The stall's chain head is locked first and its day second, in the same order as the recorder does, so that a vendor who
notes cash while payments come in is never in a deadlock with it. The lock also makes the second of two taps on one page
wait, and then find what the first noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.database import unit_of_work, upsert
from core.errors import NotFound
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from payments.cash.errors import AlreadyNoted, NotedAndUndone, StallNotInOperation, TooLateToUndo
from payments.cash.models import CashSale
from payments.recording.booking import lock_chains
from payments.recording.models import StallDay
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import place_of_stall, stall_by_code


@dataclass(frozen=True, slots=True)
class Noted:
    """A cash sale, and whether this call noted it; else an earlier tap had."""

    sale: CashSale
    fresh: bool


@unit_of_work
def note_sale(session: Session, actor: Principal, stall_code: str, amount_vnd: int, entry_key: str) -> Noted:
    """Note a cash sale of today.

    The same `entry_key` notes one sale, however often it is sent. Raises `NotFound` or `Forbidden` for a stall that
    is not the actor's, `StallNotInOperation`, `AlreadyNoted` when the key stands for another amount, and
    `NotedAndUndone` when it stands for a sale that was taken back.
    """
    stall = _locked_stall(session, actor, stall_code)
    earlier = _by_key(session, stall.id, entry_key)
    if earlier is not None:
        if earlier.amount_vnd != amount_vnd:
            raise AlreadyNoted
        if _undo_of(session, earlier) is not None:
            raise NotedAndUndone
        return Noted(earlier, fresh=False)
    if stall.status != StallStatus.ACTIVE:
        raise StallNotInOperation
    moment = clock.now()
    sale = CashSale(
        stall_id=stall.id,
        market_id=stall.market_id,
        amount_vnd=amount_vnd,
        sold_at=moment,
        market_day=clock.market_day(moment),
        recorded_at=moment,
        recorded_by_id=actor.user_id,
        entry_key=entry_key,
    )
    session.add(sale)
    session.flush()
    _add_to_day(session, stall, sale.market_day, count=1, total_vnd=amount_vnd)
    return Noted(sale, fresh=True)


@unit_of_work
def undo_sale(session: Session, actor: Principal, stall_code: str, sale_id: int) -> Noted:
    """Take a cash sale of today back, by a row of its own; both then count for nothing.

    Taking it back again changes nothing. Raises `NotFound` for what is no sale of this stall, and `TooLateToUndo`.
    """
    stall = _locked_stall(session, actor, stall_code)
    sale = session.get(CashSale, sale_id)
    if sale is None or sale.stall_id != stall.id or sale.undoes_id is not None:
        raise NotFound
    undone = _undo_of(session, sale)
    if undone is not None:
        return Noted(undone, fresh=False)
    moment = clock.now()
    if sale.market_day != clock.market_day(moment):
        raise TooLateToUndo
    undo = CashSale(
        stall_id=sale.stall_id,
        market_id=sale.market_id,
        amount_vnd=sale.amount_vnd,
        sold_at=sale.sold_at,
        market_day=sale.market_day,
        recorded_at=moment,
        recorded_by_id=actor.user_id,
        entry_key=f"undo {sale.id}",
        undoes_id=sale.id,
    )
    session.add(undo)
    session.flush()
    _add_to_day(session, stall, sale.market_day, count=-1, total_vnd=-sale.amount_vnd)
    return Noted(undo, fresh=True)


def _locked_stall(session: Session, actor: Principal, stall_code: str) -> Stall:
    stall = stall_by_code(session, stall_code)
    actor.require(Permission.CASH_RECORD, place_of_stall(stall))
    lock_chains(session, {stall.id: stall.market_id})
    return stall


def _by_key(session: Session, stall_id: int, entry_key: str) -> CashSale | None:
    return session.scalar(select(CashSale).where(CashSale.stall_id == stall_id, CashSale.entry_key == entry_key))


def _undo_of(session: Session, sale: CashSale) -> CashSale | None:
    return session.scalar(select(CashSale).where(CashSale.undoes_id == sale.id))


def _add_to_day(session: Session, stall: Stall, day: date, *, count: int, total_vnd: int) -> None:
    # In two steps: a row to be inserted is checked before it conflicts, and what takes back could not stand alone.
    begun = upsert(session, StallDay).values(stall_id=stall.id, market_day=day, market_id=stall.market_id)
    session.execute(begun.on_conflict_do_nothing())
    session.execute(
        update(StallDay)
        .where(StallDay.stall_id == stall.id, StallDay.market_day == day)
        .values(cash_count=StallDay.cash_count + count, cash_vnd=StallDay.cash_vnd + total_vnd)
    )
