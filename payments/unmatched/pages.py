"""The work list: money whose stall is not known, given to one by a person who knows, and taken back by entry."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import clock
from core.database import read_session
from core.errors import Conflict, NotFound
from core.money import format_vnd
from core.permissions.principal import Grant
from core.permissions.roles import Permission
from core.search import matches
from core.text import tidy
from core.web.converters import KEY_MAX
from core.web.forms import Form
from core.web.guards import current_principal, requires
from payments.recording.models import Credit, UnmatchedCredit
from payments.recording.queries import find_payment
from payments.unmatched import queries, services
from payments.unmatched.errors import AlreadyAssigned
from payments.unmatched.labels import BECAUSE, age_words
from payments.unmatched.schemas import REASON_MAX_LENGTH, AssignSchema
from vendors.codes.banks import bank_name, payer_bank_name
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import place_of_stall, stall_by_code, stall_by_id

PAGE_SIZE = 50
QUERY_MAX_LENGTH = 80

bp = Blueprint("unmatched", __name__, url_prefix="/unmatched")


@bp.get("/")
@requires(Permission.UNMATCHED_ASSIGN)
def index() -> str:
    """What waits, oldest first."""
    session, grants = read_session(), _grants()
    found = queries.open_ones(session, grants, _cursor("after"), PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    return render_template(
        "payments/unmatched.html",
        money=queries.open_money(session, grants),
        rows=shown,
        following=url_for(".index", after=shown[-1][1].id) if len(found) > PAGE_SIZE else None,
        because=BECAUSE,
        age=lambda moment: age_words(clock.now() - moment),
    )


@bp.get("/<int:credit_id>")
@requires(Permission.UNMATCHED_ASSIGN)
def show(credit_id: int) -> str | Response:
    """One credit: the stalls it may be for, a search among all, and, once one is chosen, the second look."""
    found = _open_credit(credit_id)
    if found is None:
        return _gone()
    chosen = request.args.get("stall")
    return _page(found, _stall(chosen) if chosen else None, Form())


@bp.post("/<int:credit_id>/assign")
@requires(Permission.UNMATCHED_ASSIGN)
def assign(credit_id: int) -> Response | tuple[str, int]:
    """Give it to the stall."""
    found = _open_credit(credit_id)
    if found is None:
        return _gone()
    form = Form(request.form)
    given = form.load(AssignSchema())
    if given is None:
        typed = form.value("stall")
        return _page(found, _stall(typed) if typed else None, form), 422
    stall = _stall(given["stall"])
    try:
        payment = services.assign(current_principal(), credit_id, stall.code, given["reason"])
    except AlreadyAssigned:
        return _gone()
    except Conflict as refusal:
        flash(str(refusal.title), "trouble")
        return redirect(url_for(".show", credit_id=credit_id), 303)
    said = _(
        "Gave %(amount)s to stall %(code)s; it is receipt no. %(number)s there. If that was wrong, take it back below.",
        amount=format_vnd(payment.amount_vnd),
        code=stall.code,
        number=payment.receipt_number,
    )
    flash(said, "done")
    return redirect(url_for(".assigned"), 303)


@bp.get("/assigned")
@requires(Permission.UNMATCHED_ASSIGN)
def assigned() -> str:
    """What people gave to stalls, newest first."""
    found = queries.assigned(read_session(), _grants(), _cursor("before"), PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    return render_template(
        "payments/unmatched_assigned.html",
        rows=shown,
        older=url_for(".assigned", before=shown[-1].payment.id) if len(found) > PAGE_SIZE else None,
    )


@bp.post("/assigned/<int:payment_id>/unassign")
@requires(Permission.UNMATCHED_ASSIGN)
def unassign(payment_id: int) -> Response:
    """Take an assignment back, by an entry of its own."""
    payment = find_payment(read_session(), payment_id)
    if payment is None:
        raise NotFound
    current_principal().require(
        Permission.UNMATCHED_ASSIGN, place_of_stall(stall_by_id(read_session(), payment.stall_id))
    )
    reason = tidy(request.form.get("reason", ""))[:REASON_MAX_LENGTH]
    if not reason:
        flash(_("Say why; the reason stays in the trail of changes."), "trouble")
        return redirect(url_for(".assigned"), 303)
    try:
        services.unassign(current_principal(), payment_id, reason)
    except Conflict as refusal:
        flash(str(refusal.title), "trouble")
    else:
        flash(_("Taken back. The money waits for its stall again."), "done")
    return redirect(url_for(".assigned"), 303)


def _grants() -> list[Grant]:
    return current_principal().grants_for(Permission.UNMATCHED_ASSIGN)


def _cursor(name: str) -> int | None:
    given = request.args.get(name)
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and int(given) <= KEY_MAX):
        raise NotFound
    return int(given)


def _open_credit(credit_id: int) -> tuple[UnmatchedCredit, Credit] | None:
    """The credit, as long as it waits. Raises `NotFound` for one outside one's grants."""
    session, grants = read_session(), _grants()
    if not queries.concerns(session, grants, credit_id):
        raise NotFound
    return queries.open_one(session, grants, credit_id)


def _gone() -> Response:
    flash(_("This money has a stall already; perhaps a colleague was quicker."), "look")
    return redirect(url_for(".assigned"), 303)


def _stall(code: str) -> Stall:
    """The stall that was chosen. Raises `NotFound` for one outside one's grants."""
    stall = stall_by_code(read_session(), code)
    current_principal().require(Permission.UNMATCHED_ASSIGN, place_of_stall(stall))
    return stall


def _page(found: tuple[UnmatchedCredit, Credit], chosen: Stall | None, form: Form) -> str:
    waiting, credit = found
    text = tidy(request.args.get("q", ""))[:QUERY_MAX_LENGTH]
    session, grants = read_session(), _grants()
    later = queries.later_reports(session, credit)
    stalls: Sequence[Stall] = ()
    if chosen is None:
        searched = matches(Stall.search_key, text)
        stalls = queries.searched_stalls(session, grants, searched) if text else ()
    return render_template(
        "payments/unmatched_one.html",
        waiting=waiting,
        credit=credit,
        because=BECAUSE,
        age=age_words(clock.now() - credit.paid_at),
        bank=bank_name(credit.bank_bin) if credit.bank_bin else "",
        payer_bank=payer_bank_name(credit.payer_bank_bin),
        later=later,
        likely=queries.likely_stalls(session, grants, credit, later) if chosen is None and not text else (),
        stalls=stalls,
        text=text,
        chosen=chosen,
        pending=chosen is not None and chosen.status == StallStatus.PENDING,
        form=form,
    )
