"""A stall's page, and what the board does to a stall once it is approved."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.database import read_session
from core.errors import Problem, Words
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from core.text import tidy
from core.web.guards import current_principal, requires
from vendors.codes.banks import bank_name
from vendors.registration import labels, queries, services
from vendors.registration.pages.blueprint import back_to, bp, may_here, stall_in_hand
from vendors.registration.pages.deciding import case_of
from vendors.registration.schemas import REASON_MAX_LENGTH
from vendors.stalls.models import Stall, StallStatus


@bp.get("/<code>")
@requires(Permission.STALL_LIST)
def show(code: str) -> str:
    """All about one stall, and what whoever asks may do to it."""
    return _stall_page(stall_in_hand(code))


@bp.post("/<code>/suspend")
@requires(Permission.STALL_CLOSE)
def suspend(code: str) -> Response:
    """Take a stall out of operation for a while."""
    return _with_reason(code, Permission.STALL_CLOSE, services.suspend, _("Stall %(code)s is suspended."))


@bp.post("/<code>/resume")
@requires(Permission.STALL_CLOSE)
def resume(code: str) -> Response:
    """Put a suspended stall back into operation."""
    stall = stall_in_hand(code, Permission.STALL_CLOSE)
    try:
        services.resume(current_principal(), code)
    except Problem as error:
        flash(str(error.title), "trouble")
    else:
        flash(_("Stall %(code)s is in operation again.", code=stall.code), "done")
    return back_to(stall.code)


@bp.post("/<code>/close")
@requires(Permission.STALL_CLOSE)
def close(code: str) -> Response:
    """End a stall for good."""
    return _with_reason(code, Permission.STALL_CLOSE, services.close, _("Stall %(code)s is closed."))


@bp.post("/<code>/qr/revoke")
@requires(Permission.CODE_REVOKE)
def revoke_code(code: str) -> Response:
    """Revoke a stall's code without a new one."""
    done = _("The QR code of %(code)s is revoked. Take the card down; issue a new code when the stall needs one.")
    return _with_reason(code, Permission.CODE_REVOKE, services.revoke_code, done)


@bp.post("/<code>/qr/reissue")
@requires(Permission.STALL_APPROVE)
def reissue_code(code: str) -> Response:
    """Replace a stall's code by a new one, or give it one again."""
    done = _("Stall %(code)s has a new QR code. Print its card and take the old one down.")
    return _with_reason(code, Permission.STALL_APPROVE, services.reissue_code, done)


@bp.post("/<code>/sign-in")
@requires(Permission.VENDOR_USER_OPEN)
def open_sign_in(code: str) -> str | Response:
    """Open the vendor's sign-in, or give a new one-time password; both are shown once, on this very answer."""
    stall = stall_in_hand(code, Permission.VENDOR_USER_OPEN)
    again = stall.vendor.user_id is not None
    try:
        opened = (services.renew_sign_in if again else services.open_sign_in)(current_principal(), code)
    except Problem as error:
        flash(str(error.detail or error.title), "trouble")
        return back_to(stall.code)
    # No redirect: a password shown once must not be kept in a cookie on the way.
    return render_template("vendors/sign_in_slip.html", stall=stall_in_hand(code), opened=opened)


def _stall_page(stall: Stall) -> str:
    session = read_session()
    decides = may_here(stall, Permission.STALL_APPROVE)
    found = queries.detail(session, stall)
    return render_template(
        "vendors/stall.html",
        found=found,
        stall=stall,
        state=labels.state_of(found),
        case=case_of(found) if found.waits else None,
        account=found.account,
        finding=labels.finding_of(found.account) if found.account else None,
        bank_name=bank_name,
        phone_mine=stall.vendor.phone_set_by_id == current_principal().user_id,
        may={permission.name: may_here(stall, permission) for permission in Permission},
        in_life=stall.status in {StallStatus.ACTIVE, StallStatus.SUSPENDED},
        history=labels.describe_history(queries.history(session, stall), named=decides),
    )


def _with_reason(
    code: str, permission: Permission, change: Callable[[Principal, str, str], Stall], done: Words
) -> Response:
    """Change a stall for the reason in the form; back on its page it says what happened."""
    stall = stall_in_hand(code, permission)
    reason = tidy(request.form.get("reason", ""))[:REASON_MAX_LENGTH]
    if not reason:
        flash(_("Say why; the reason stays in the stall's history."), "trouble")
        return back_to(stall.code)
    try:
        change(current_principal(), code, reason)
    except Problem as error:
        flash(str(error.detail or error.title), "trouble")
    else:
        flash(str(done) % {"code": stall.code}, "done")
    return back_to(stall.code)
