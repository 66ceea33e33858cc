"""What waits for approval: looked at together, decided one by one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from core.database import read_session
from core.errors import InvalidInput, Problem, Words
from core.permissions.roles import Permission
from core.text import tidy
from core.web.guards import current_principal, requires
from vendors.codes.banks import bank_name
from vendors.container import VendorsContainer
from vendors.registration import labels, queries, services
from vendors.registration.pages.blueprint import back_to, bp, stall_in_hand
from vendors.registration.queries import Show, StallDetail, StallFilter
from vendors.registration.schemas import REASON_MAX_LENGTH
from vendors.stalls.models import NameCheck, SettlementAccount, Stall, StallStatus
from vendors.stalls.queries import stalls_within

#: How many stalls one page of the queue shows, and one press of its button approves.
CASES_MAX = 50


@dataclass(frozen=True, slots=True)
class Case:
    """Something that waits. `own`: whoever asks brought it, so somebody else decides."""

    found: StallDetail
    own: bool

    @property
    def stall(self) -> Stall:
        """The stall in question."""
        return self.found.stall

    @property
    def account(self) -> SettlementAccount | None:
        """The account that waits; None for a stall registered without one."""
        return self.found.waiting_account

    @property
    def finding(self) -> tuple[str, Words] | None:
        """What the bank said about the account's holder."""
        return labels.finding_of(self.account) if self.account else None

    @property
    def brought_by(self) -> str:
        """Who registered the stall, or proposed its new account."""
        pending = self.stall.status == StallStatus.PENDING
        return self.stall.registered_by_name if pending or not self.account else self.account.proposed_by_name

    @property
    def doubted(self) -> bool:
        """Whether the bank warned, so that going on needs a reason."""
        return self.account is not None and self.account.name_check in {NameCheck.MISMATCH, NameCheck.NOT_FOUND}

    @property
    def unasked(self) -> Words | None:
        """What it means that the bank was not asked about the account, where it was not."""
        if self.account is None or self.account.name_check != NameCheck.NOT_ASKED:
            return None
        if VendorsContainer.current().issuer.looks_up(self.account.bank_bin):
            return _("The bank could not be reached. It is asked again when you approve.")
        return _("Nobody was asked: no bank is connected that looks up names. Compare with the vendor's banking app.")

    @property
    def plain(self) -> bool:
        """Whether it can be approved among others: nobody has to look at it first."""
        return not self.own and (self.account is None or self.account.name_check == NameCheck.MATCH)


def case_of(found: StallDetail) -> Case:
    """What waits at a stall, as whoever asks sees it."""
    me, account = current_principal().user_id, found.waiting_account
    registered = found.stall.status == StallStatus.PENDING and found.stall.registered_by_id == me
    return Case(found, registered or (account is not None and account.proposed_by_id == me))


@bp.get("/waiting")
@requires(Permission.STALL_APPROVE)
def waiting() -> str:
    """Everything that waits for one's approval, over all of one's markets."""
    within = stalls_within(current_principal().grants_for(Permission.STALL_APPROVE))
    found = queries.list_stalls(read_session(), StallFilter(show=Show.WAITING), within, limit=CASES_MAX + 1)
    cases = [case_of(one) for one in found[:CASES_MAX]]
    return render_template("vendors/stalls_waiting.html", cases=cases, more=len(found) > CASES_MAX, bank_name=bank_name)


@bp.post("/waiting")
@requires(Permission.STALL_APPROVE)
def approve_ticked() -> Response:
    """Approve the ticked stalls, each by itself: one that cannot be approved keeps none of the others back."""
    only = request.form.get("only")
    codes = [only] if only else request.form.getlist("stall")[:CASES_MAX]
    if not codes:
        flash(_("Tick the stalls to approve first."), "look")
    approved, refused = [], defaultdict(list)
    for code in codes:
        try:
            # Left out counts as nothing seen: a page approves only what it showed.
            seen = request.form.get(f"seen-{code}", "")
            approved.append(services.approve(current_principal(), code, seen=seen).code)
        except Problem as error:
            refused[_why(error)].append(code)
    if approved:
        said = ngettext(
            "Approved %(num)d stall: %(codes)s.",
            "Approved %(num)d stalls: %(codes)s.",
            len(approved),
            codes=", ".join(approved),
        )
        flash(said, "done")
    for why, refused_codes in refused.items():
        flash(_("Not approved: %(codes)s. %(why)s", codes=", ".join(refused_codes), why=why), "trouble")
    return redirect(url_for("stalls.waiting"), 303)


@bp.post("/<code>/approve")
@requires(Permission.STALL_APPROVE)
def approve(code: str) -> Response:
    """Approve what waits at one stall."""
    stall = stall_in_hand(code, Permission.STALL_APPROVE)
    reason = tidy(request.form.get("overrule_reason", ""))[:REASON_MAX_LENGTH]
    try:
        services.approve(current_principal(), code, overrule_reason=reason or None, seen=request.form.get("seen", ""))
    except Problem as error:
        flash(_why(error), "trouble")
    else:
        flash(_("Stall %(code)s is approved. Its card can be printed.", code=stall.code), "done")
    return back_to(stall.code)


@bp.post("/<code>/reject")
@requires(Permission.STALL_APPROVE)
def reject(code: str) -> Response:
    """Refuse what waits at one stall."""
    stall = stall_in_hand(code, Permission.STALL_APPROVE)
    reason = tidy(request.form.get("reason", ""))[:REASON_MAX_LENGTH]
    if not reason:
        flash(_("Say why, so that whoever registered it can correct it."), "trouble")
        return back_to(stall.code)
    try:
        services.reject(current_principal(), code, reason)
    except Problem as error:
        flash(_why(error), "trouble")
    else:
        flash(_("What waited at stall %(code)s was refused.", code=stall.code), "done")
    return back_to(stall.code)


def _why(error: Problem) -> str:
    """A refusal in one sentence or two."""
    if isinstance(error, InvalidInput):
        return " ".join(str(message) for messages in error.errors.values() for message in messages)
    return f"{error.title}. {error.detail}" if error.detail else f"{error.title}."
