"""Is this code genuine? What a pasted or scanned payload is, measured against the codes that were issued here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import vietqr
from core.clock import market_day
from core.errors import InvalidInput
from core.web.i18n import day
from vendors.codes.banks import bank_name
from vendors.codes.models import PaymentCode, PaymentReference, ReferenceKind
from vendors.codes.queries import code_by_reference, given_references
from vendors.codes.reference import find_references
from vendors.container import VendorsContainer
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import find_stall_id, stall_by_id
from vietqr.errors import NotVietQR


class Verdict(StrEnum):
    """What a payload turned out to be."""

    GENUINE = "genuine"
    REVOKED = "revoked"
    OTHER_STALL = "other_stall"
    ALTERED = "altered"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, the stall whose code it is or pretends to be, and what speaks for the verdict."""

    verdict: Verdict
    stall: Stall | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Issued:
    """What a reference was issued with, and since when it is revoked, in words."""

    stall: Stall
    payload: str
    revocation: str | None = None


def check(session: Session, payload: str, stall_code: str | None = None) -> Checked:
    """Judge a payload; with a stall's code, whether it is that stall's. Raises `InvalidInput` for an unknown stall."""
    expected_id = None if stall_code is None else find_stall_id(session, stall_code)
    if stall_code is not None and expected_id is None:
        raise InvalidInput({"stall": [_("There is no stall %(code)s.", code=stall_code)]})
    text = vietqr.compact(payload)
    try:
        read = vietqr.decode(text, strict=False)
    except NotVietQR:
        return Checked(Verdict.FOREIGN, reasons=(_("This is a payment code of another kind, not a bank's VietQR."),))
    except vietqr.VietQRError:
        return Checked(Verdict.UNREADABLE, reasons=(_("This is not the whole text of a payment code. Scan it again."),))
    return _judge(session, read, expected_id)


def _judge(session: Session, read: vietqr.VietQR, expected_id: int | None) -> Checked:
    named = find_references(read.purpose or "")
    given = given_references(session, named)
    issued = next((found for one in named if one in given and (found := _issued(session, given[one]))), None)
    if issued is None:
        return _by_account_alone(session, read)
    differences = _differences(read, issued.payload)
    if differences:
        return Checked(Verdict.ALTERED, issued.stall, differences)
    return _ours(issued.stall, expected_id, issued.revocation)


def _issued(session: Session, given: PaymentReference) -> _Issued | None:
    """What was issued with a reference; None when nothing of it is left."""
    if given.kind == ReferenceKind.REQUEST:
        one_time = VendorsContainer.current().find_one_time(session, given.reference)
        return _Issued(stall_by_id(session, one_time.stall_id), one_time.payload) if one_time else None
    code = code_by_reference(session, given.reference)
    return _Issued(code.stall, code.payload, _revocation(code)) if code else None


def _by_account_alone(session: Session, read: vietqr.VietQR) -> Checked:
    """A payload without a reference of ours may still name an account of ours."""
    statement = (
        select(PaymentCode)
        .where(PaymentCode.bank_bin == read.bank_bin, PaymentCode.account_number == read.account_number)
        .order_by(PaymentCode.id.desc())
        .options(joinedload(PaymentCode.stall))
    )
    issued = session.scalars(statement).first()
    if issued is None:
        bank = bank_name(read.bank_bin)
        return Checked(
            Verdict.FOREIGN,
            reasons=(_("The money would go to an account at %(bank)s that is not known here.", bank=bank),),
        )
    if issued.virtual_account is not None:
        reason = _("It names the account of this stall, but not the reference that was issued with it.")
        return Checked(Verdict.ALTERED, issued.stall, (reason,))
    reason = _("It names an account of a vendor here, but it is not the code that was issued for a stall.")
    return Checked(Verdict.FOREIGN, reasons=(reason,))


def _differences(read: vietqr.VietQR, issued_payload: str) -> tuple[str, ...]:
    """In what a payload differs from the one that was issued; nothing when it is that one."""
    # Some apps write the check value in small letters; all else must be as it was issued.
    if read.payload[:-4] + read.crc.upper() == issued_payload:
        return ()
    issued = vietqr.decode(issued_payload)
    found = []
    if read.bank_bin != issued.bank_bin:
        found.append(_("The money would go to another bank: %(bank)s.", bank=bank_name(read.bank_bin)))
    if read.account_number != issued.account_number:
        found.append(_("The money would go to another account than the one issued."))
    if read.amount_vnd != issued.amount_vnd:
        found.append(_("The amount is not the one issued."))
    return tuple(found) or (_("Its text is not the one issued."),)


def _ours(stall: Stall, expected_id: int | None, revocation: str | None) -> Checked:
    """Judge a payload that is just as it was issued: whether it is in force, and the expected stall's."""
    reasons = [] if revocation is None else [revocation]
    if expected_id is not None and stall.id != expected_id:
        reasons.insert(0, _("This is the code of stall %(code)s.", code=stall.code))
        return Checked(Verdict.OTHER_STALL, stall, tuple(reasons))
    if revocation is not None:
        return Checked(Verdict.REVOKED, stall, tuple(reasons))
    if stall.status == StallStatus.SUSPENDED:
        reasons.append(_("The stall is closed for a while; payments still reach it."))
    return Checked(Verdict.GENUINE, stall, tuple(reasons))


def _revocation(code: PaymentCode) -> str | None:
    if code.revoked_at is None:
        return None
    ended = day(market_day(code.revoked_at))
    return str(_("Version %(version)s of this code was revoked on %(day)s.", version=code.version, day=ended))
