"""How the app writes money, moments, numbers and refusals."""

from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .clock import local
from .models import Refusal

REFUSALS = {
    Refusal.ACCOUNT_FROZEN: (
        _("Your account is frozen"),
        _("No money has left. Pay in cash today, or choose another customer of this demo."),
    ),
    Refusal.OTHER_BANK: (
        _("That bank is out of reach"),
        _("No money has left. SimBank is simulated: it reaches only SimBank."),
    ),
    Refusal.UNKNOWN_ACCOUNT: (
        _("There is no such account"),
        _("No money has left. Show the seller this message: the code may not be theirs."),
    ),
    Refusal.SAME_ACCOUNT: (
        _("That is your own account"),
        _("No money has left. Scan the seller's code, not yours."),
    ),
    Refusal.OVER_TRANSFER_LIMIT: (
        _("More than one transfer may carry"),
        _("No money has left. Pay a smaller amount, or pay in parts."),
    ),
    Refusal.OVER_DAILY_LIMIT: (
        _("Over your limit for today"),
        _("No money has left. Pay a smaller amount, or the rest in cash."),
    ),
    Refusal.INSUFFICIENT_FUNDS: (
        _("Not enough money"),
        _("No money has left. Pay a smaller amount, or the rest in cash."),
    ),
}


def vnd(amount: int) -> str:
    r"""Return `1.234.567 ₫`: dots, a no-break space, the sign.

    >>> vnd(1234567)
    '1.234.567\xa0₫'
    """
    return f"{dotted(amount)}\u00a0₫"


def dotted(amount: int) -> str:
    """Return `1.234.567`.

    >>> dotted(50000)
    '50.000'
    """
    return f"{amount:,}".replace(",", ".")


def in_fours(number: str) -> str:
    """Return an account number in groups of four, for the eye.

    >>> in_fours("SB40123456789012")
    'SB40 1234 5678 9012'
    """
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def phone(number: str) -> str:
    """Return a phone number as it is said.

    >>> phone("0100000001")
    '0100 000 001'
    """
    return f"{number[:4]} {number[4:7]} {number[7:]}"


def moment(when: datetime, now: datetime) -> str:
    """Return `11:04 today` within the same Vietnamese day, else `23/11/2026 11:04`."""
    when, now = local(when), local(now)
    if when.date() == now.date():
        return str(gettext("%(time)s today", time=f"{when:%H:%M}"))
    return f"{when:%d/%m/%Y %H:%M}"


def exact_moment(when: datetime) -> str:
    """Return `11:04:22 23/11/2026`."""
    return f"{local(when):%H:%M:%S %d/%m/%Y}"
