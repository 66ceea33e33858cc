"""What can go wrong with payment codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict


class NoLiveCode(Conflict):
    """The stall has no code that can be paid by, so there is nothing to print or to revoke."""

    code = "no_live_code"
    title = _("This stall has no QR code now")


class NoCards(Conflict):
    """No stall of the market has a code."""

    code = "no_cards"
    title = _("No stall of this market has a QR code yet")


class NoAccount(Conflict):
    """A code carries an account; this stall has none that was approved."""

    code = "no_account"
    title = _("This stall has no approved bank account")


class VirtualAccountTaken(Conflict):
    """The bank gave out a number that stands for another code already. Its operator has to look into this."""

    code = "virtual_account_taken"
    title = _("The bank gave out a virtual account that is in use")
