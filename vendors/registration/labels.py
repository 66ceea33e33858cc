"""States, findings and changes of stalls, in words for people."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from core.audit.differences import Difference
from core.audit.labels import Change, describe_change
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


def describe_history(entries: Iterable[AuditEntry], *, named: bool) -> list[Change]:
    """A stall's changes as a person reads them; `named` tells the names that the bank has, for those who decide."""
    return [describe_change(entry, partial(_differences, named=named)) for entry in entries]


def _differences(entry: AuditEntry, *, named: bool) -> list[Difference]:
    before, after = _flat(entry.before), _flat(entry.after)
    return [
        Difference(word, _describe_value(field, before.get(field)), _describe_value(field, after.get(field)))
        for field, word in FIELDS.items()
        if before.get(field) != after.get(field) and (named or field != "name_found")
    ]


def _flat(values: dict[str, Any] | None) -> dict[str, Any]:
    """The account that came with a registration reads like one that was proposed by itself."""
    flat = dict(values or {})
    account = flat.pop("account", None)
    return flat | account if isinstance(account, dict) else flat


def _describe_value(field: str, value: Any) -> str | None:
    if value is None:
        return None
    return bank_name(str(value)) if field == "bank_bin" else str(value)
