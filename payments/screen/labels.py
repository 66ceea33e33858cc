"""Why a bank refused to send money back, in words for who stands at a stall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

#: By the bank's own word.
REFUSALS: Final[Mapping[str, LazyString]] = {
    "credit_not_found": _("The bank does not find this payment. Ask your bank."),
    "credit_reversed": _("The bank has taken this payment back already."),
    "over_refunded": _("The bank says that more would go back than was paid. Ask your bank what went back already."),
    "account_frozen": _("Your account is locked. Ask your bank."),
    "insufficient_funds": _("There is too little money in your account. Put money in, then refund again."),
}


def refusal_words(refusal: str | None) -> str:
    """A bank's refusal in a sentence; one that we have no words for is told as the bank says it."""
    words = REFUSALS.get(refusal or "")
    return str(words or gettext("The bank refused (%(refusal)s). Ask your bank.", refusal=refusal or "–"))
