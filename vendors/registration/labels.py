"""States, findings and changes of stalls, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from core.audit.models import AuditEntry
from core.errors import Words
from vendors.codes.banks import bank_name
from vendors.registration.queries import Show, StallDetail
from vendors.stalls.models import NameCheck, SettlementAccount, StallStatus

#: For each state the shape of `components/messages.html` and the word.
STATES: Final[dict[StallStatus, tuple[str, Words]]] = {
    StallStatus.PENDING: ("look", _("Waiting for approval")),
    StallStatus.ACTIVE: ("good", _("In operation")),
    StallStatus.SUSPENDED: ("off", _("Suspended")),
    StallStatus.CLOSED: ("off", _("Closed")),
}
REFUSED: Final = ("off", _("Refused"))

FILTERS: Final[dict[Show, Words]] = {
    Show.WAITING: _("Waiting for approval"),
    Show.ACTIVE: _("In operation"),
    Show.WITHOUT_CODE: _("Without a QR code"),
    Show.SUSPENDED: _("Suspended"),
    Show.CLOSED: _("Closed"),
}

FINDINGS: Final[dict[NameCheck, tuple[str, Words]]] = {
    NameCheck.MATCH: ("good", _("The bank has the same name")),
    NameCheck.MISMATCH: ("trouble", _("The bank has another name")),
    NameCheck.NOT_FOUND: ("look", _("The bank knows no such account")),
    NameCheck.NOT_ASKED: ("look", _("The bank could not be asked")),
}

#: What the trail of changes calls what is done on this floor.
ACTIONS: Final[dict[str, LazyString]] = {
    "stall.register": _("Registered the stall"),
    "stall.edit": _("Corrected the registration"),
    "stall.approve": _("Approved the stall"),
    "stall.reject": _("Refused the registration"),
    "stall.suspend": _("Suspended the stall"),
    "stall.resume": _("Put the stall back into operation"),
    "stall.close": _("Closed the stall"),
    "account.propose": _("Proposed a bank account"),
    "account.approve": _("Approved the bank account"),
    "account.reject": _("Refused the bank account"),
    "code.issue": _("A QR code was issued"),
    "code.revoke": _("The QR code was revoked"),
    "vendor_user.open": _("Opened the vendor's sign-in"),
    "vendor_user.end": _("Ended the vendor's sign-in for this stall"),
    "vendor_user.renew": _("Gave the vendor a new one-time password"),
}

FIELDS: Final[dict[str, Words]] = {
    "number": _("Stall number"),
    "goods_line": _("Goods line"),
    "vendor_name": _("Vendor"),
    "vendor_phone": _("Phone"),
    "account": _("Bank account"),
    "bank_bin": _("Bank"),
    "account_number": _("Account number"),
    "holder_name": _("Account holder"),
    "name_found": _("Name at the bank"),
    "version": _("Version"),
    "reference": _("Reference"),
    "username": _("Signs in as"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a stall's history. `facts` holds triples of a field's word, what it was, and what it became."""

    at: datetime
    who: str
    what: Words
    reason: str | None
    facts: tuple[tuple[Words, str, str], ...]


def state_of(found: StallDetail) -> tuple[str, Words]:
    """A shape and a word for how a stall stands."""
    stall = found.stall
    if stall.status == StallStatus.CLOSED and stall.approved_at is None:
        return REFUSED
    if found.waits and stall.status != StallStatus.PENDING:
        return ("look", _("Account waiting for approval"))
    return STATES[StallStatus(stall.status)]


def finding_of(account: SettlementAccount) -> tuple[str, Words]:
    """A shape and a sentence for what the bank said about the holder's name."""
    return FINDINGS[NameCheck(account.name_check)]


def change_of(entry: AuditEntry, *, named: bool) -> Change:
    """A change as a person reads it; `named` tells the names that the bank has, for those who decide."""
    what = ACTIONS.get(entry.action, entry.action)
    return Change(entry.at, entry.actor_name, what, entry.reason, _facts(entry, named=named))


def _facts(entry: AuditEntry, *, named: bool) -> tuple[tuple[Words, str, str], ...]:
    before, after = _flat(entry.before), _flat(entry.after)
    return tuple(
        (word, _said(field, before.get(field)), _said(field, after.get(field)))
        for field, word in FIELDS.items()
        if before.get(field) != after.get(field) and (named or field != "name_found")
    )


def _flat(values: dict[str, Any] | None) -> dict[str, Any]:
    """The account that came with a registration reads like one that was proposed by itself."""
    flat = dict(values or {})
    account = flat.pop("account", None)
    return flat | account if isinstance(account, dict) else flat


def _said(field: str, value: Any) -> str:
    if value is None:
        return ""
    return bank_name(str(value)) if field == "bank_bin" else str(value)
