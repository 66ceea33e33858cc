"""Roles and what each may do: one table, and nothing else decides it. Where they may do it, `Grant.covers` says."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The roles of the public contract."""

    ADMIN = "admin"
    OPERATOR = "operator"
    PROVINCE_OFFICER = "province_officer"
    DISTRICT_OFFICER = "district_officer"
    COMMUNE_OFFICER = "commune_officer"
    REGISTRAR = "registrar"
    APPROVER = "approver"
    FIELD_AGENT = "field_agent"
    VENDOR = "vendor"


class Scope(StrEnum):
    """What a grant is limited to."""

    EVERYWHERE = "everywhere"
    AREA = "area"
    MARKET = "market"
    STALL = "stall"


class Permission(StrEnum):
    """One thing that somebody may do."""

    USERS_MANAGE = "users.manage"
    MARKET_CREATE = "market.create"
    STALL_READ = "stall.read"
    STALL_LIST = "stall.list"
    STALL_REGISTER = "stall.register"
    STALL_EDIT = "stall.edit"
    STALL_APPROVE = "stall.approve"
    STALL_CLOSE = "stall.close"
    CODE_REVOKE = "code.revoke"
    CARD_PRINT = "card.print"
    VENDOR_USER_OPEN = "vendor_user.open"
    PAYMENT_READ = "payment.read"
    PAYMENT_REQUEST = "payment.request"
    PAYMENT_REFUND = "payment.refund"
    CASH_RECORD = "cash.record"
    UNMATCHED_READ = "unmatched.read"
    UNMATCHED_ASSIGN = "unmatched.assign"
    RECONCILE = "reconcile"
    ADOPTION_READ = "adoption.read"
    SYSTEM_READ = "system.read"


P = Permission

_OFFICER = frozenset({P.ADOPTION_READ})

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.ADMIN: frozenset(Permission),
    Role.OPERATOR: frozenset(
        {
            P.USERS_MANAGE,
            P.MARKET_CREATE,
            P.SYSTEM_READ,
            P.UNMATCHED_READ,
            P.UNMATCHED_ASSIGN,
            P.RECONCILE,
            P.ADOPTION_READ,
        }
    ),
    Role.PROVINCE_OFFICER: _OFFICER | {P.MARKET_CREATE},
    Role.DISTRICT_OFFICER: _OFFICER,
    Role.COMMUNE_OFFICER: _OFFICER,
    Role.REGISTRAR: frozenset(
        {
            P.STALL_READ,
            P.STALL_LIST,
            P.STALL_REGISTER,
            P.STALL_EDIT,
            P.CARD_PRINT,
            P.VENDOR_USER_OPEN,
            P.UNMATCHED_READ,
            P.ADOPTION_READ,
        },
    ),
    Role.APPROVER: frozenset(
        {
            P.STALL_READ,
            P.STALL_LIST,
            P.STALL_APPROVE,
            P.STALL_CLOSE,
            P.CODE_REVOKE,
            P.CARD_PRINT,
            P.VENDOR_USER_OPEN,
            P.UNMATCHED_READ,
            P.UNMATCHED_ASSIGN,
            P.ADOPTION_READ,
        },
    ),
    Role.FIELD_AGENT: frozenset({P.STALL_READ, P.STALL_LIST, P.STALL_REGISTER}),
    Role.VENDOR: frozenset(
        {P.STALL_READ, P.CARD_PRINT, P.PAYMENT_READ, P.PAYMENT_REQUEST, P.PAYMENT_REFUND, P.CASH_RECORD}
    ),
}

#: Officers' areas are of their own level, so that nobody is given a province by a slip.
AREA_LEVELS: Final[dict[Role, str]] = {
    Role.PROVINCE_OFFICER: "province",
    Role.DISTRICT_OFFICER: "district",
    Role.COMMUNE_OFFICER: "commune",
}

#: The scopes that a grant of each role may have. A vendor has a stall; staff may hold a role everywhere, but only a
#: command on the server gives it so: see `PLACELESS`.
SCOPES: Final[dict[Role, frozenset[Scope]]] = {
    Role.ADMIN: frozenset({Scope.EVERYWHERE}),
    Role.OPERATOR: frozenset({Scope.EVERYWHERE}),
    Role.PROVINCE_OFFICER: frozenset({Scope.EVERYWHERE, Scope.AREA}),
    Role.DISTRICT_OFFICER: frozenset({Scope.EVERYWHERE, Scope.AREA}),
    Role.COMMUNE_OFFICER: frozenset({Scope.EVERYWHERE, Scope.AREA}),
    Role.REGISTRAR: frozenset({Scope.EVERYWHERE, Scope.AREA, Scope.MARKET}),
    Role.APPROVER: frozenset({Scope.EVERYWHERE, Scope.AREA, Scope.MARKET}),
    Role.FIELD_AGENT: frozenset({Scope.EVERYWHERE, Scope.AREA, Scope.MARKET}),
    Role.VENDOR: frozenset({Scope.STALL}),
}

#: The roles that pages give without a place. For any other an empty field is more likely forgotten than meant.
PLACELESS: Final = frozenset({Role.ADMIN, Role.OPERATOR})
