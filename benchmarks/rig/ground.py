"""The stalls that money is sent to: many, quickly, with codes and virtual accounts as a gateway issues them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core import clock
from core.database import Base
from core.engine import Database
from market.areas.models import Area
from market.markets.models import Market
from payments.gateways import simbank
from vendors.codes.banks import SIMULATED_BIN
from vendors.codes.models import PaymentCode, PaymentReference
from vendors.codes.reference import with_check
from vendors.stalls.models import SettlementAccount, Stall, StallOperation, Vendor

MARKETS = 50
OPEN_SINCE = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class PaidStall:
    """A stall that can take money: what its messages and rows need to know of it."""

    id: int
    market_id: int
    account_number: str
    virtual_account: str


def lay_out(database: Database, count: int) -> list[PaidStall]:
    """Stalls in operation with live codes in an empty database, spread over some markets."""
    with database.writing() as session:
        market_ids = _markets(session, min(MARKETS, count))
        return _stalls(session, [market_ids[number % len(market_ids)] for number in range(count)])


def _markets(session: Session, count: int) -> list[int]:
    area = Area(code="90000", valid_from=date(2025, 7, 1), level="commune", name="Xã Đo", search_key="xa do")
    session.add(area)
    session.flush()
    common = {"name": "Chợ Đo", "search_key": "cho do", "commune_id": area.id, "created_at": clock.now()}
    return _insert(session, Market, [common | {"code": f"ZB{number:02d}"} for number in range(count)])


def _stalls(session: Session, market_ids: list[int]) -> list[PaidStall]:
    moment, numbers = clock.now(), range(len(market_ids))
    vendor = {"name": "Trần Thị Mẫu", "phone": "0900000000", "created_at": moment}
    vendor_ids = _insert(session, Vendor, [vendor for _ in numbers])
    registered = {
        "goods_line": "rau củ",
        "status": "active",
        "synthetic": True,
        "registered_at": moment,
        "registered_by_name": "benchmark",
        "approved_at": moment,
    }
    painted = [{"number": f"A{n:05d}", "code": f"ZB-A{n:05d}"} for n in numbers]
    stall_ids = _insert(
        session,
        Stall,
        [registered | painted[n] | {"market_id": market_ids[n], "vendor_id": vendor_ids[n]} for n in numbers],
    )
    stalls = [
        PaidStall(stall_id, market_ids[n], f"4009{stall_id:08d}", f"SB40{stall_id:08d}")
        for n, stall_id in enumerate(stall_ids)
    ]
    _codes(session, stalls)
    since = {"from_day": OPEN_SINCE}
    _insert(session, StallOperation, [{"stall_id": s.id, "market_id": s.market_id} | since for s in stalls])
    return stalls


def _codes(session: Session, stalls: list[PaidStall]) -> None:
    moment = clock.now()
    current = {
        "bank_bin": SIMULATED_BIN,
        "holder_name": "TRAN THI MAU",
        "status": "current",
        "name_check": "match",
        "proposed_at": moment,
    }
    account_ids = _insert(
        session,
        SettlementAccount,
        [current | {"stall_id": s.id, "account_number": s.account_number} for s in stalls],
    )
    live = {
        "version": 1,
        "gateway": simbank.NAME,
        "bank_bin": SIMULATED_BIN,
        "payload": "-",
        "issued_at": moment,
        "from_day": OPEN_SINCE,
    }
    rows = [
        live
        | {
            "stall_id": stall.id,
            "market_id": stall.market_id,
            "reference": with_check(f"C4{stall.id:07d}"),
            "virtual_account": stall.virtual_account,
            "settlement_account_id": account_id,
            "account_number": stall.virtual_account,
        }
        for stall, account_id in zip(stalls, account_ids, strict=True)
    ]
    given = [{name: row[name] for name in ("reference", "stall_id", "market_id")} | {"kind": "code"} for row in rows]
    session.execute(insert(PaymentReference), given)
    _insert(session, PaymentCode, rows)


def _insert(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows in bulk; gives their ids in the order of the rows."""
    key = model.__table__.c.id
    return list(session.scalars(insert(model).returning(key, sort_by_parameter_order=True), rows))
