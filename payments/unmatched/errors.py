"""What can go wrong with money that is recorded."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict


class AlreadyAssigned(Conflict):
    """The credit has a stall; perhaps somebody else was quicker."""

    code = "already_assigned"
    title = _("This money has a stall already")


class StallNotApproved(Conflict):
    """Money is given to stalls that were approved once."""

    code = "stall_not_approved"
    title = _("This stall has not been approved yet")


class NotAssignedByPerson(Conflict):
    """Only what a person decided can be taken back by a person: the rest is what the bank said."""

    code = "not_assigned_by_person"
    title = _("This payment was not assigned by a person")


class MoneyWentBack(Conflict):
    """A part of the payment was refunded, reversed, or given back in cash; its stall cannot change any more."""

    code = "money_went_back"
    title = _("A part of this payment has gone back")


class AlreadyUnassigned(Conflict):
    """The assignment was taken back before."""

    code = "already_unassigned"
    title = _("This assignment was taken back already")
