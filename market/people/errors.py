"""What can go wrong with people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.errors import Conflict, InvalidInput


class UsernameTaken(Conflict):
    """Another account signs in with this name."""

    code = "username_taken"
    title = _("This sign-in name is taken")


class BadGrant(InvalidInput):
    """The role cannot be given within that scope."""

    code = "bad_grant"
    title = _("This role needs another place")
