"""What a shopper's scan or typing means, and what to say when it means nothing that can be paid."""

import re
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

import vietqr

from . import queries
from .limits import AMOUNT_MAX_VND, AMOUNT_MIN_VND, PAYLOAD_MAX
from .models import AccountKind
from .numbers import BANK_BIN, BANK_NAME

_TO_ACCOUNT = "QRIBFTTA"
_TO_CARD = "QRIBFTTC"
_GROUPED = re.compile(r"\A(?:[0-9]+|[0-9]{1,3}(?:[., ][0-9]{3})+) ?[₫đĐ]?\Z")


class UnreadableCodeError(Exception):
    """A code that cannot be paid here; `title` and `advice` are for the shopper."""

    def __init__(self, cause: str, **data: object) -> None:
        super().__init__(cause)
        self.cause = cause
        self.title, advice = _CAUSES[cause]
        self.advice = advice % data if data else advice


class AmountError(ValueError):
    """An amount that cannot be paid; `words` are for the shopper."""

    def __init__(self, words: Any) -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True, slots=True)
class Payee:
    """Who a code pays: the holder's name is the bank's own, never the code's."""

    payload: str
    account_number: str
    holder_name: str
    amount_vnd: int | None
    content: str | None
    bank_bin: str = BANK_BIN
    bank_name: str = BANK_NAME


def read_code(session: Session, payload: str) -> Payee:
    """Read a payload and look its account up.

    Raises UnreadableCodeError by cause.
    """
    payload = payload.strip()
    code = _decode(payload)
    if code.bank_bin != BANK_BIN:
        bank = vietqr.banks.find(code.bank_bin)
        raise UnreadableCodeError("other_bank", bank=bank.short_name if bank else code.bank_bin)
    found = queries.destination(session, code.bank_bin, code.account_number)
    if found is None or found.account.kind == AccountKind.HOUSE:
        raise UnreadableCodeError("unknown_account", number=code.account_number)
    return Payee(
        payload=payload,
        account_number=code.account_number,
        holder_name=found.account.holder_name,
        amount_vnd=code.amount_vnd,
        content=vietqr.fold(code.purpose) if code.purpose else None,
    )


def _decode(payload: str) -> vietqr.VietQR:
    if not payload:
        raise UnreadableCodeError("empty")
    if len(payload) > PAYLOAD_MAX:
        raise UnreadableCodeError("not_vietqr")
    try:
        code = vietqr.decode(payload)
    except vietqr.VietQRError as error:
        raise UnreadableCodeError(_cause(payload, error)) from None
    if code.service_code == _TO_CARD:
        raise UnreadableCodeError("card")
    if code.service_code != _TO_ACCOUNT:
        raise UnreadableCodeError("no_transfer")
    if code.amount_vnd is not None and code.amount_vnd > AMOUNT_MAX_VND:
        raise UnreadableCodeError("amount")
    return code


def _cause(payload: str, error: vietqr.VietQRError) -> str:
    if not payload.startswith("0002"):
        return "link" if re.match(r"(?i)[a-z]+://", payload) else "not_vietqr"
    by_code = {
        "checksum_missing": "cut",
        "checksum_mismatch": "altered",
        "not_vietqr": "other_scheme",
        "invalid_amount": "amount",
    }
    return by_code.get(error.code, "broken")


_CAUSES = {
    "empty": (
        _("There is no code yet"),
        _("Scan one, choose a picture, or paste the text of a code."),
    ),
    "not_vietqr": (
        _("This is not a payment code"),
        _("Look for the QR code with the word VietQR on the stall's card."),
    ),
    "link": (
        _("This code opens a web address"),
        _("It takes no payment. Do not open links from strangers; look for the VietQR code."),
    ),
    "other_scheme": (
        _("This code is not for bank transfers"),
        _("It belongs to a wallet or a card scheme. Ask the stall for its VietQR code."),
    ),
    "cut": (
        _("Part of the code is missing"),
        _("Scan it again with the whole code in the frame, or paste all of the text."),
    ),
    "altered": (
        _("The code does not add up"),
        _("It may be damaged or changed. Scan again; if it stays so, tell the seller, do not pay."),
    ),
    "broken": (
        _("The code is damaged"),
        _("It looks like VietQR but cannot be read. Ask the seller for another one."),
    ),
    "amount": (
        _("The amount in the code cannot be sent"),
        _("A transfer carries whole đồng, at most 499,999,999. Ask the seller for another code."),
    ),
    "card": (
        _("This code pays a card"),
        _("SimBank sends to accounts only. Ask the seller for an account code."),
    ),
    "no_transfer": (
        _("This code is not for a transfer"),
        _("It is for paying in another way. Ask the stall for its transfer code."),
    ),
    "other_bank": (
        _("This account is at another bank"),
        _("The code pays an account at %(bank)s. SimBank is simulated: it reaches only SimBank."),
    ),
    "unknown_account": (
        _("There is no such account"),
        _("SimBank has no account %(number)s. Do not pay; show the seller this message."),
    ),
}


def read_amount(typed: str) -> int:
    """Return whole đồng from `50000`, `50.000` or `50,000 ₫`.

    Raises AmountError with words for the shopper.
    """
    typed = typed.replace("\u00a0", " ").strip()
    if not typed:
        raise AmountError(_("Type how much to pay."))
    if not _GROUPED.match(typed):
        raise AmountError(_("Write the amount in figures only, for example 50.000."))
    amount_vnd = int(re.sub(r"[^0-9]", "", typed))
    if amount_vnd < AMOUNT_MIN_VND:
        raise AmountError(_("Type an amount above 0."))
    if amount_vnd > AMOUNT_MAX_VND:
        raise AmountError(_("One transfer carries at most 499.999.999 ₫."))
    return amount_vnd
