"""REST calls about stalls."""

from __future__ import annotations

from typing import Any

from core.database import read_session
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import current_principal, requires
from vendors.codes.banks import bank_name
from vendors.codes.models import PaymentCode
from vendors.registration import queries, services
from vendors.registration.queries import StallDetail, StallFilter
from vendors.registration.schemas import (
    AccountSchema,
    ApprovalSchema,
    NewStallSchema,
    ReasonSchema,
    StallChangeSchema,
    StallListSchema,
    StallQuery,
    StallSchema,
)
from vendors.stalls.models import SettlementAccount, Stall
from vendors.stalls.queries import place_of_stall, stall_by_code, stalls_within

bp = Blueprint("stalls", __name__, description="Stalls: registered by one person, approved by another.")


@bp.route("/stalls")
@requires(Permission.STALL_READ)
@bp.arguments(StallQuery, location="query")
@bp.response(200, StallListSchema)
def list_stalls(query: dict[str, Any]) -> dict[str, Any]:
    """List the stalls within one's grants, by code."""
    session, limit = read_session(), query["limit"]
    within = stalls_within(current_principal().grants_for(Permission.STALL_READ))
    narrowed = StallFilter(query["market"], query["status"], text=query["q"])
    found = queries.list_stalls(session, narrowed, within, after=query["after"], limit=limit + 1)
    page = found[:limit]
    return {
        "items": [describe_stall(one) for one in page],
        "next": page[-1].stall.code if len(found) > limit else None,
    }


@bp.route("/stalls", methods=["POST"])
@requires(Permission.STALL_REGISTER)
@bp.arguments(NewStallSchema)
@bp.response(201, StallSchema)
def register_stall(new: services.NewStall) -> dict[str, Any]:
    """Register a stall, waiting for somebody else's approval.

    The bank is asked whose the account is: `name_check` says what it answered, and blocks nothing. `account` may be
    left out, for boards register every stall: the stall will be in operation without a code.
    409 `stall_exists` when the market has a stall of this number.
    """
    return _after(services.register(current_principal(), new).code)


@bp.route("/stalls/<code>")
@requires(Permission.STALL_READ)
@bp.response(200, StallSchema)
def show_stall(code: str) -> dict[str, Any]:
    """Show one stall."""
    stall = stall_by_code(read_session(), code)
    current_principal().require(Permission.STALL_READ, place_of_stall(stall))
    return describe_stall(queries.detail(read_session(), stall))


@bp.route("/stalls/<code>", methods=["PATCH"])
@requires(Permission.STALL_EDIT)
@bp.arguments(StallChangeSchema)
@bp.response(200, StallSchema)
def edit_stall(change: services.StallChange, code: str) -> dict[str, Any]:
    """Correct what a stall sells or who keeps it. Its number stays; its account has a call of its own."""
    return _after(services.edit(current_principal(), code, change).code)


@bp.route("/stalls/<code>/approve", methods=["POST"])
@requires(Permission.STALL_APPROVE)
@bp.arguments(ApprovalSchema)
@bp.response(200, StallSchema)
def approve_stall(approval: dict[str, Any], code: str) -> dict[str, Any]:
    """Approve a registration, or an account that waits; the code is issued with it.

    Give as `seen` the `fingerprint` of the account that was looked at: when another one waits by now, 409
    `changed_meanwhile` says so and nothing is approved.

    409 `same_person` for whoever registered the stall or proposed the account, 409 `nothing_to_approve` when somebody
    else was quicker, 422 `name_differs` or `holder_not_found` when the bank has another name or no such account
    and no reason is given, 503 `bank_unavailable`
    when the gateway does not answer: nothing was changed, and the call may be repeated.
    """
    return _after(services.approve(current_principal(), code, **approval).code)


@bp.route("/stalls/<code>/reject", methods=["POST"])
@requires(Permission.STALL_APPROVE)
@bp.arguments(ReasonSchema)
@bp.response(200, StallSchema)
def reject_stall(given: dict[str, Any], code: str) -> dict[str, Any]:
    """Refuse a registration, or an account that waits. A refused registration is closed and frees its number."""
    return _after(services.reject(current_principal(), code, given["reason"]).code)


@bp.route("/stalls/<code>/suspend", methods=["POST"])
@requires(Permission.STALL_CLOSE)
@bp.arguments(ReasonSchema)
@bp.response(200, StallSchema)
def suspend_stall(given: dict[str, Any], code: str) -> dict[str, Any]:
    """Take a stall out of operation for a while. Its code goes on working; 409 `wrong_state` unless it is active."""
    return _after(services.suspend(current_principal(), code, given["reason"]).code)


@bp.route("/stalls/<code>/resume", methods=["POST"])
@requires(Permission.STALL_CLOSE)
@bp.response(200, StallSchema)
def resume_stall(code: str) -> dict[str, Any]:
    """Put a suspended stall back into operation."""
    return _after(services.resume(current_principal(), code).code)


@bp.route("/stalls/<code>/close", methods=["POST"])
@requires(Permission.STALL_CLOSE)
@bp.arguments(ReasonSchema)
@bp.response(200, StallSchema)
def close_stall(given: dict[str, Any], code: str) -> dict[str, Any]:
    """End a stall for good and revoke its code. Money that still comes by the code is recorded for it."""
    return _after(services.close(current_principal(), code, given["reason"]).code)


@bp.route("/stalls/<code>/account", methods=["POST"])
@requires(Permission.STALL_EDIT)
@bp.arguments(AccountSchema)
@bp.response(200, StallSchema)
def propose_account(given: services.AccountGiven, code: str) -> dict[str, Any]:
    """Propose another account, or a first one. Once somebody else approves it, the code is issued anew."""
    return _after(services.propose_account(current_principal(), code, given).code)


@bp.route("/stalls/<code>/qr/revoke", methods=["POST"])
@requires(Permission.CODE_REVOKE)
@bp.arguments(ReasonSchema)
@bp.response(200, StallSchema)
def revoke_code(given: dict[str, Any], code: str) -> dict[str, Any]:
    """Revoke a stall's code. The stall stays in operation; 409 `no_live_code` when it has none."""
    return _after(services.revoke_code(current_principal(), code, given["reason"]).code)


@bp.route("/stalls/<code>/qr/reissue", methods=["POST"])
@requires(Permission.STALL_APPROVE)
@bp.arguments(ReasonSchema)
@bp.response(200, StallSchema)
def reissue_code(given: dict[str, Any], code: str) -> dict[str, Any]:
    """Issue a new code for the account in force, with a new virtual account; a live code is revoked.

    409 `no_account` when no account was approved, 503 `bank_unavailable` as for an approval.
    """
    return _after(services.reissue_code(current_principal(), code, given["reason"]).code)


def describe_stall(found: StallDetail) -> dict[str, Any]:
    """A stall as `StallSchema` gives it."""
    stall = found.stall
    return {
        "code": stall.code,
        "market": stall.market.code,
        "number": stall.number,
        "goods_line": stall.goods_line,
        "status": stall.status,
        "synthetic": stall.synthetic,
        "vendor": {"name": stall.vendor.name, "phone": stall.vendor.phone},
        "account": _describe_account(stall, found.account),
        "proposed_account": _describe_account(stall, found.proposed),
        "qr": _describe_code(found.code),
        "registered_at": stall.registered_at,
        "registered_by": stall.registered_by_name,
        "approved_at": stall.approved_at,
    }


def _after(code: str) -> dict[str, Any]:
    """The stall as it stands after a change that was permitted."""
    session = read_session()
    return describe_stall(queries.detail(session, stall_by_code(session, code)))


def _describe_account(stall: Stall, account: SettlementAccount | None) -> dict[str, Any] | None:
    if account is None:
        return None
    return {
        "bank_bin": account.bank_bin,
        "bank_name": bank_name(account.bank_bin),
        "account_number": account.account_number,
        "holder_name": account.holder_name,
        "status": account.status,
        "name_check": account.name_check,
        "name_found": account.name_found if account.name_found and _decides(stall) else None,
        "overrule_reason": account.overruled_because,
        "fingerprint": account.fingerprint,
    }


def _decides(stall: Stall) -> bool:
    """Whether whoever asks approves here. Others would learn the holder of any account by registering it."""
    return current_principal().may(Permission.STALL_APPROVE, place_of_stall(stall))


def _describe_code(code: PaymentCode | None) -> dict[str, Any] | None:
    if code is None:
        return None
    return {
        "version": code.version,
        "payload": code.payload,
        "reference": code.reference,
        "bank_bin": code.bank_bin,
        "account_number": code.account_number,
        "virtual_account": code.virtual_account,
        "issued_at": code.issued_at,
    }
