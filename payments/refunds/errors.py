"""What can go wrong when money is to go back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict


class MoreThanLeft(Conflict):
    """More than what is left of the payment; `left_vnd` says how much that is."""

    code = "more_than_left"
    title = _("That is more than what is left of this payment")
