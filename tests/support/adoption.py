"""Areas, markets and stalls' days, as few words as a test of indicators needs.

The ground is small and has what matters: two districts of before the merger, a commune of today that lies across
both, and a market that never had a district.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core.database import database
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.users import services
from core.users.passwords import prepare
from market.areas.models import Area, AreaBoundary, AreaSuccession, AreaTitle
from market.markets.models import Market
from payments.recording.models import StallDay
from tests.support.money import give_reference
from vendors.codes.models import PaymentCode
from vendors.stalls.models import SettlementAccount, Stall, StallOperation, Vendor

MERGER = date(2025, 7, 1)
LONG_AGO = date(2022, 10, 1)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "mat-khau-mau-1"

_counter = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Ground:
    """Ids of what `lay_ground` made, by code."""

    areas: dict[str, int]
    markets: dict[str, int]


def lay_ground() -> Ground:
    """Province 75 of today over district 601 and 602 of old province 70.

    Commune 30001 was all of 601; 30002 lies across both districts. Markets: AA01 and AA02 in 30001; BB01 in the part
    of 30002 that was of 601, CC01 in the part of 602; DD01 in 30002, of no district.
    """
    with database().writing() as session:
        made = {
            "70": _area(session, "70", "province", "Tỉnh Cũ", None, ended=True),
            "75": _area(session, "75", "province", "Tỉnh Mới", None),
        }
        for code, parent, name in (("601", "70", "Huyện Một"), ("602", "70", "Huyện Hai")):
            made[code] = _area(session, code, "district", name, made[parent], ended=True)
        for code, parent in (("20001", "601"), ("20002", "601"), ("20003", "602")):
            made[code] = _area(session, code, "commune", f"Xã Cũ {code[-1]}", made[parent], ended=True)
        for code in ("30001", "30002"):
            made[code] = _area(session, code, "commune", f"Xã Mới {code[-1]}", made["75"])
        for old, new in (("20001", "30001"), ("20002", "30002"), ("20003", "30002")):
            session.add(AreaSuccession(predecessor_id=made[old], successor_id=made[new]))
        for index, code in enumerate(("601", "602", "30001", "30002")):
            session.add(AreaBoundary(area_id=made[code], geometry=_square(106 + index % 2, 11)))
        markets = {
            code: _market(session, code, made[now], made[before] if before else None)
            for code, now, before in (
                ("AA01", "30001", "20001"),
                ("AA02", "30001", "20001"),
                ("BB01", "30002", "20002"),
                ("CC01", "30002", "20003"),
                ("DD01", "30002", None),
            )
        }
    return Ground(made, markets)


def add_stalls(
    market_id: int,
    count: int = 1,
    *,
    opened: date = LONG_AGO,
    closed: date | None = None,
    code_from: date | None = LONG_AGO,
    code_until: date | None = None,
) -> list[int]:
    """The ids of new stalls, in operation from `opened` to the day before `closed`, with a code unless it is None."""
    with database().writing() as session:
        return [_stall(session, market_id, (opened, closed), (code_from, code_until)) for _ in range(count)]


def add_operation(stall_id: int, first: date, until: date | None = None) -> None:
    """Another stretch of operation."""
    with database().writing() as session:
        stall = session.get_one(Stall, stall_id)
        session.add(StallOperation(stall_id=stall_id, market_id=stall.market_id, from_day=first, until_day=until))


def take(
    stall_ids: Iterable[int], day: date, vnd: int = 10_000, number: int = 1, *, cash: int = 0, cash_vnd: int = 0
) -> None:
    """Give each stall a day's totals: `number` payments worth `vnd` in all, and noted cash sales."""
    with database().writing() as session:
        for stall_id in stall_ids:
            session.add(
                StallDay(
                    stall_id=stall_id,
                    market_day=day,
                    market_id=session.get_one(Stall, stall_id).market_id,
                    payments_count=number,
                    payments_vnd=vnd if number else 0,
                    cash_count=cash,
                    cash_vnd=cash_vnd,
                )
            )


def bearer(role: Role, scope: Scope, target_id: int | None = None) -> dict[str, str]:
    """The headers of a program with one grant."""
    return {"Authorization": f"Bearer {services.issue_token(SYSTEM, 'mẫu', Grant(role, scope, target_id))}"}


def signed_in(app: Flask, role: Role, scope: Scope, target_id: int | None = None) -> FlaskClient:
    """A browser in which somebody with one grant is signed in."""
    username = f"mau-{next(_counter)}"
    services.open_user(
        SYSTEM, services.NewUser(username, "Cán bộ Mẫu", prepare(PASSWORD), (Grant(role, scope, target_id),))
    )
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return browser


def _area(session: Session, code: str, level: str, name: str, parent_id: int | None, *, ended: bool = False) -> int:
    since = LONG_AGO if ended else MERGER
    area = Area(
        code=code,
        valid_from=since,
        valid_to=date(2025, 6, 30) if ended else None,
        level=level,
        name=name,
        search_key=code,
        parent_id=parent_id,
        titles=[AreaTitle(valid_from=since, type="Xã", full_name=name)],
    )
    session.add(area)
    session.flush()
    return area.id


def _market(session: Session, code: str, commune_id: int, former_commune_id: int | None) -> int:
    market = Market(
        code=code,
        name=f"Chợ {code}",
        search_key=code,
        commune_id=commune_id,
        former_commune_id=former_commune_id,
        created_at=MOMENT,
    )
    session.add(market)
    session.flush()
    return market.id


def _stall(
    session: Session, market_id: int, operation: tuple[date, date | None], code: tuple[date | None, date | None]
) -> int:
    n = next(_counter)
    stall = Stall(
        market_id=market_id,
        number=f"M{n:05d}",
        code=f"M-{n:05d}",
        vendor=Vendor(name="Trần Thị Mẫu", phone="0900000000", created_at=MOMENT),
        goods_line="rau củ",
        status="active",
        registered_at=MOMENT,
        registered_by_name="test",
    )
    session.add(stall)
    session.flush()
    session.add(StallOperation(stall_id=stall.id, market_id=market_id, from_day=operation[0], until_day=operation[1]))
    if code[0] is not None:
        _code(session, stall, n, code[0], code[1])
    return stall.id


def _code(session: Session, stall: Stall, n: int, first: date, until: date | None) -> None:
    account = SettlementAccount(
        stall_id=stall.id,
        bank_bin="970499",
        account_number=f"{n:010d}",
        holder_name="TRAN THI MAU",
        status="current",
        name_check="match",
        proposed_at=MOMENT,
    )
    session.add(account)
    session.flush()
    reference = f"R{n:09d}"
    give_reference(session, reference, stall, "code")
    session.add(
        PaymentCode(
            stall_id=stall.id,
            market_id=stall.market_id,
            version=1,
            reference=reference,
            settlement_account_id=account.id,
            bank_bin="970499",
            account_number=account.account_number,
            payload="mẫu",
            issued_at=MOMENT,
            from_day=first,
            until_day=until,
            revoked_at=MOMENT if until else None,
        )
    )


def _square(longitude: float, latitude: float) -> dict[str, object]:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return {"type": "Polygon", "coordinates": [[[longitude + x, latitude + y] for x, y in corners]]}
