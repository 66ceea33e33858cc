"""What can go wrong with stalls."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict, InvalidInput


class StallExists(Conflict):
    """The number is taken in this market, perhaps by a stall that has closed."""

    code = "stall_exists"
    title = _("This market has a stall with this number already")


class SamePerson(Conflict):
    """Who registers a stall or proposes an account cannot approve it."""

    code = "same_person"
    title = _("Somebody else has to approve this")


class NothingToApprove(Conflict):
    """Neither a registration nor an account is waiting; perhaps somebody else was quicker."""

    code = "nothing_to_approve"
    title = _("There is nothing to approve here")


class ChangedMeanwhile(Conflict):
    """Something else waits than what was looked at, or the stall changed while the bank was being asked."""

    code = "changed_meanwhile"
    title = _("Somebody changed this stall in the meantime")
    retry = True


class NameDiffers(InvalidInput):
    """The bank knows the account under another name; going on needs a reason."""

    code = "name_differs"
    title = _("The bank has another name for this account")


class HolderNotFound(InvalidInput):
    """The bank was asked and finds no such account; going on needs a reason."""

    code = "holder_not_found"
    title = _("The bank finds no such account")


class WrongState(Conflict):
    """The stall's state does not allow this."""

    code = "wrong_state"
    title = _("The state of this stall does not allow this")


class SignInExists(Conflict):
    """The vendor can sign in already."""

    code = "sign_in_exists"
    title = _("This vendor has a sign-in already")
