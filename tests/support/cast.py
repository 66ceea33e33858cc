"""The fixed cast: who acts in tests, and where.

Two markets in two districts, each with a vendor at an approved stall; the people of market A's board; officers of each
level above it; and an outsider, who holds many roles in a third place and must be refused in these two. Everybody has
a password (`PASSWORD`) and a bearer token, so each can come by a page and by the API.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from datetime import date
from functools import cache

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core import clock
from core.database import database
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from core.search import index_words
from core.users import passwords, secrets
from core.users.models import GrantRow, Token, User
from market.areas.models import Area, AreaSuccession, AreaTitle, Level
from market.markets.models import Market
from payments.live.container import LiveContainer
from tests.support.bank import InMemoryBank
from vendors.registration import services
from vendors.stalls.models import Stall

PASSWORD = "giỏ rau buổi sớm"
MERGED_ON = date(2025, 7, 1)
OLD_FROM, OLD_TO = date(2022, 10, 1), date(2025, 6, 30)
#: The simulated bank's BIN, for which virtual accounts are issued.
BANK_BIN = "970499"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """A user; `principal` calls services, `headers` the API, `sign_in` the pages."""

    username: str
    principal: Principal
    headers: dict[str, str]

    def sign_in(self, client: FlaskClient) -> FlaskClient:
        """Sign a browser in by the real form."""
        answer = client.post("/sign-in", data={"username": self.username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client


@dataclass(frozen=True, slots=True)
class Place:
    """A market by its code, with the areas around it by their ids: of before the merger, and of today."""

    market_id: int
    market: str
    former_commune_id: int
    district_id: int
    commune_id: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and every place; stalls by their codes."""

    place_a: Place
    place_b: Place
    elsewhere: Place
    former_province_id: int
    province_id: int
    stall_a: str
    stall_b: str
    stall_a_id: int
    stall_b_id: int
    vendor_a: Person
    vendor_b: Person
    registrar: Person
    approver: Person
    field_agent: Person
    commune_officer: Person
    district_officer: Person
    province_officer: Person
    operator: Person
    admin: Person
    #: Registrar, approver, field agent and commune officer in a third place, vendor of no stall.
    outsider: Person

    @property
    def market_a(self) -> str:
        """The code of the market where most things happen."""
        return self.place_a.market

    @property
    def market_b(self) -> str:
        """The code of the other vendor's market."""
        return self.place_b.market

    def everybody(self) -> dict[str, Person]:
        """All of them by their names in this class."""
        found = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return {name: person for name, person in found if isinstance(person, Person)}


def gather() -> Cast:
    """Make the cast in the application in hand; its two stalls are registered and approved by services."""
    with database().writing() as session:
        former_province = _area(session, "70", Level.PROVINCE, "Tỉnh", "Bình Phước", old=True)
        province = _area(session, "75", Level.PROVINCE, "Thành phố", "Đồng Nai")
        session.flush()
        session.add(AreaSuccession(predecessor_id=former_province.id, successor_id=province.id))
        above = (former_province, province)
        place_a = _place(
            session, above, ("689", "Thành phố", "Đồng Xoài"), ("25195", "Tân Phú"), ("25210", "Đồng Xoài")
        )
        place_b = _place(session, above, ("690", "Thị xã", "Bình Long"), ("25324", "An Lộc"), ("25326", "Bình Long"))
        elsewhere = _place(
            session, above, ("694", "Huyện", "Hớn Quản"), ("25432", "Tân Khai"), ("25433", "Tân Khai"), code="TK01"
        )
        market, area, all_ = Scope.MARKET, Scope.AREA, Scope.EVERYWHERE
        people = _people(
            session,
            {
                "registrar": ("Đăng Ký", Grant(Role.REGISTRAR, market, place_a.market_id)),
                "approver": ("Phê Duyệt", Grant(Role.APPROVER, market, place_a.market_id)),
                "field_agent": ("Tổ Số", Grant(Role.FIELD_AGENT, market, place_a.market_id)),
                "commune_officer": ("Cán Bộ Xã", Grant(Role.COMMUNE_OFFICER, area, place_a.commune_id)),
                "district_officer": ("Cán Bộ Huyện", Grant(Role.DISTRICT_OFFICER, area, place_a.district_id)),
                "province_officer": ("Cán Bộ Tỉnh", Grant(Role.PROVINCE_OFFICER, area, province.id)),
                "operator": ("Vận Hành", Grant(Role.OPERATOR, all_)),
                "admin": ("Quản Trị", Grant(Role.ADMIN, all_)),
                "outsider": (
                    "Người Ngoài",
                    Grant(Role.REGISTRAR, market, elsewhere.market_id),
                    Grant(Role.APPROVER, market, elsewhere.market_id),
                    Grant(Role.FIELD_AGENT, area, elsewhere.commune_id),
                    Grant(Role.COMMUNE_OFFICER, area, elsewhere.commune_id),
                ),
                # Who registered and approved market B's stall, and is seen in no test.
                "registrar_b": ("Đăng Ký B", Grant(Role.REGISTRAR, market, place_b.market_id)),
                "approver_b": ("Phê Duyệt B", Grant(Role.APPROVER, market, place_b.market_id)),
            },
        )
        clerks = people.pop("registrar_b"), people.pop("approver_b")
    stall_a = approved_stall(people["registrar"].principal, people["approver"].principal, place_a.market, "A001")
    stall_b = approved_stall(clerks[0].principal, clerks[1].principal, place_b.market, "B001")
    with database().writing() as session:
        vendors = _people(
            session,
            {
                "vendor_a": ("Tiểu Thương A", Grant(Role.VENDOR, Scope.STALL, stall_a.id)),
                "vendor_b": ("Tiểu Thương B", Grant(Role.VENDOR, Scope.STALL, stall_b.id)),
            },
        )
        for stall, person in zip((stall_a, stall_b), vendors.values(), strict=True):
            session.get_one(Stall, stall.id).vendor.user_id = person.principal.user_id
    return Cast(
        place_a=place_a,
        place_b=place_b,
        elsewhere=elsewhere,
        former_province_id=former_province.id,
        province_id=province.id,
        stall_a=stall_a.code,
        stall_b=stall_b.code,
        stall_a_id=stall_a.id,
        stall_b_id=stall_b.id,
        **people,
        **vendors,
    )


def new_stall(market: str, number: str | None = None, *, with_account: bool = True) -> services.NewStall:
    """A registration that nothing is wrong with; numbers, phones and accounts differ from call to call.

    The bank in memory knows the account under its holder's name.
    """
    n = next(_numbers)
    account = services.AccountGiven(BANK_BIN, f"9900{n:08d}", f"TIEU THUONG MAU {n}") if with_account else None
    known_to = LiveContainer.current().issuer
    if account and isinstance(known_to, InMemoryBank):
        known_to.holders[account.bank_bin, account.account_number] = account.holder_name
    return services.NewStall(
        market=market,
        number=number or f"M{n:03d}",
        goods_line="Rau củ",
        vendor_name=f"Tiểu Thương Mẫu {n}",
        vendor_phone=f"0100{n:06d}",
        account=account,
    )


def approved_stall(
    registrar: Principal, approver: Principal, market: str, number: str | None = None, *, with_account: bool = True
) -> Stall:
    """A stall in operation, registered by one and approved by the other; with an account it has a live code."""
    stall = services.register(registrar, new_stall(market, number, with_account=with_account))
    return services.approve(approver, stall.code)


def _place(
    session: Session,
    above: tuple[Area, Area],
    district: tuple[str, str, str],
    former: tuple[str, str],
    today: tuple[str, str],
    *,
    code: str | None = None,
) -> Place:
    district_code, district_type, name = district
    district_row = _area(session, district_code, Level.DISTRICT, district_type, name, above[0], old=True)
    former_row = _area(session, former[0], Level.COMMUNE, "Phường", former[1], district_row, old=True)
    commune_row = _area(session, today[0], Level.COMMUNE, "Phường", today[1], above[1])
    initials = "".join(word[0] for word in name.split()).replace("Đ", "D").upper()
    market = Market(
        code=code or f"{initials}01",
        name=f"Chợ {name}",
        search_key=index_words(f"Chợ {name}"),
        commune=commune_row,
        former_commune=former_row,
        created_at=clock.now(),
    )
    session.add(market)
    session.flush()
    session.add(AreaSuccession(predecessor_id=former_row.id, successor_id=commune_row.id))
    return Place(market.id, market.code, former_row.id, district_row.id, commune_row.id)


def _area(
    session: Session, code: str, level: Level, type_: str, name: str, parent: Area | None = None, *, old: bool = False
) -> Area:
    valid_from = OLD_FROM if old else MERGED_ON
    full_name = f"{type_} {name}"
    area = Area(
        code=code,
        valid_from=valid_from,
        valid_to=OLD_TO if old else None,
        level=level,
        name=name,
        search_key=index_words(full_name),
        parent=parent,
        titles=[AreaTitle(valid_from=valid_from, type=type_, full_name=full_name)],
    )
    session.add(area)
    return area


def _people(session: Session, wanted: dict[str, tuple[str, *tuple[Grant, ...]]]) -> dict[str, Person]:
    """A user and a bearer token for each name with its grants."""
    moment, made = clock.now(), []
    for name, *grants in wanted.values():
        n = next(_numbers)
        username, secret = f"nguoi.mau.{n}", f"{secrets.TOKEN_PREFIX}{hashlib.sha256(str(n).encode()).hexdigest()}"
        user = User(username=username, name=name, password_hash=_password_hash(), created_at=moment)
        user.grants = [GrantRow(role=g.role, scope=g.scope, target_id=g.target_id, granted_at=moment) for g in grants]
        session.add_all([user, Token(user=user, name=name, digest=secrets.digest(secret), created_at=moment)])
        made.append((user, grants, secret))
    session.flush()
    return {
        key: Person(
            user.username,
            Principal(user.id, user.name, tuple(grants)),
            {"Authorization": f"Bearer {secret}"},
        )
        for key, (user, grants, secret) in zip(wanted, made, strict=True)
    }


@cache
def _password_hash() -> str:
    """Made once a run: it is slow on purpose."""
    return passwords.hash_password(PASSWORD)
