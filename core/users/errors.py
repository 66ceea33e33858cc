"""What can go wrong with users."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict, Forbidden, InvalidInput


class UsernameTaken(InvalidInput):
    """Another user signs in with this name."""

    code = "username_taken"
    status = 409
    title = _("Another user signs in with this name. Choose another one.")


class BadGrant(InvalidInput):
    """The role cannot be given within that scope."""

    code = "bad_grant"
    title = _("This role needs another place")


class OnlyAdmins(Forbidden):
    """An operator may not touch an administrator, nor make one."""

    code = "only_admins"
    title = _("Only an administrator may change an administrator")


class NotYourOwn(Conflict):
    """Nobody gives or takes their own roles, nor disables themselves."""

    code = "not_your_own"
    title = _("This is you. Ask another operator.")
