"""Pages for everybody: a stall as its card's address shows it, and whether a code is genuine."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _

from core.clock import market_day
from core.database import read_session
from core.errors import InvalidInput, TooManyRequests
from core.web.forms import Form
from core.web.services import throttle
from vendors.checks import checking
from vendors.checks.checking import Checked, Verdict
from vendors.checks.schemas import PAYLOAD_MAX_LENGTH
from vendors.codes.banks import bank_name
from vendors.registration.queries import detail
from vendors.stalls.models import StallStatus
from vendors.stalls.queries import stall_by_code

bp = Blueprint("checks", __name__)

#: For each verdict the kind of notice and what it says first.
VERDICTS = {
    Verdict.GENUINE: ("done", _("This code is genuine")),
    Verdict.REVOKED: ("trouble", _("This code is no longer valid. Do not pay by it")),
    Verdict.OTHER_STALL: ("trouble", _("This code belongs to another stall. Do not pay by it")),
    Verdict.ALTERED: ("trouble", _("This code was altered. Do not pay by it")),
    Verdict.FOREIGN: ("trouble", _("This code was not issued here")),
    Verdict.UNREADABLE: ("look", _("This code cannot be read")),
}


@bp.get("/s/<code>")
def stall(code: str) -> str:
    """What a shopper compares a card with: the stall, the holder's name, and whether its code is in force."""
    session = read_session()
    found = detail(session, stall_by_code(session, code))
    code_ = found.code if found.stall.status in {StallStatus.ACTIVE, StallStatus.SUSPENDED} else None
    return render_template(
        "vendors/public_stall.html",
        stall=found.stall,
        code=code_,
        issued_on=market_day(code_.issued_at) if code_ else None,
        bank=bank_name(code_.bank_bin) if code_ else None,
    )


@bp.get("/check")
def check() -> str:
    """The form to check a code by its text."""
    return _check_page(Form({"stall": request.args.get("stall", "").upper()}))


@bp.post("/check")
def check_payload() -> tuple[str, int] | tuple[str, int, dict[str, str]] | str:
    """Say what a pasted code is."""
    form = Form({name: request.form.get(name, "")[:PAYLOAD_MAX_LENGTH] for name in ("payload", "stall")})
    try:
        throttle.take(throttle.CODE_CHECK, throttle.address_key(request.remote_addr))
    except TooManyRequests as error:
        form.refuse({"payload": [str(error.detail)]})
        return _check_page(form), error.status, error.headers
    if not form.value("payload").strip():
        form.refuse({"payload": [_("Paste the text of the code here first.")]})
        return _check_page(form), 422
    try:
        checked = checking.check(read_session(), form.value("payload"), form.value("stall").strip() or None)
    except InvalidInput as error:
        form.refuse(error.errors)
        return _check_page(form), error.status
    return _check_page(form, checked)


def _check_page(form: Form, checked: Checked | None = None) -> str:
    kind, title = VERDICTS[checked.verdict] if checked else (None, None)
    return render_template("vendors/check.html", form=form, checked=checked, kind=kind, title=title)
