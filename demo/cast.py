"""The demo's people: one user for each thing to be seen. Their password is public, so production has none."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from core.permissions.roles import Role, Scope

PASSWORD = "cho40-demo"  # noqa: S105 - printed by `make run`
#: The market that the demo's board and vendor belong to, and the vendor's stall in it.
MARKET = "DX01"
STALL_NUMBER = "A001"
DISTRICT = "689"
COMMUNE = "25210"
PROVINCE = "75"


@dataclass(frozen=True, slots=True)
class Person:
    """A demo user: what it is for, how it signs in, and its grant as role, scope and the place's code."""

    role: Role
    what: LazyString
    username: str
    name: str
    scope: Scope
    place: str | None
    password: str = PASSWORD


VENDOR = Person(Role.VENDOR, _("vendor"), "tieuthuong", "Trần Thị Mẫu Một", Scope.STALL, f"{MARKET}-{STALL_NUMBER}")
REGISTRAR = Person(
    Role.REGISTRAR, _("market board, registers"), "bandangky", "Nguyễn Văn Đăng Ký", Scope.MARKET, MARKET
)
APPROVER = Person(Role.APPROVER, _("market board, approves"), "banduyet", "Lê Thị Duyệt", Scope.MARKET, MARKET)
FIELD_AGENT = Person(
    Role.FIELD_AGENT, _("community digital team"), "tocongnghe", "Phạm Văn Công Nghệ", Scope.MARKET, MARKET
)
OFFICER = Person(
    Role.PROVINCE_OFFICER, _("official, province"), "canbotinh", "Huỳnh Thị Cấp Tỉnh", Scope.AREA, PROVINCE
)
DISTRICT_OFFICER = Person(
    Role.DISTRICT_OFFICER, _("official, district"), "canbohuyen", "Võ Văn Cấp Huyện", Scope.AREA, DISTRICT
)
COMMUNE_OFFICER = Person(
    Role.COMMUNE_OFFICER, _("official, commune"), "canboxa", "Đặng Thị Cấp Xã", Scope.AREA, COMMUNE
)
OPERATOR = Person(Role.OPERATOR, _("operator"), "vanhanh", "Bùi Văn Vận Hành", Scope.EVERYWHERE, None)

#: The vendor's user comes with its stall.
STAFF = (REGISTRAR, APPROVER, FIELD_AGENT, OFFICER, DISTRICT_OFFICER, COMMUNE_OFFICER, OPERATOR)
EVERYBODY = (VENDOR, *STAFF)
