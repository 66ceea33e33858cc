"""What can go wrong with reconciling, a file that cannot be read aside: see `payments.statements.errors`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.errors import Conflict


class CannotBeAsked(Conflict):
    """This gateway tells no statements; they come as files."""

    code = "gateway_tells_no_statements"
    title = _("This gateway tells no statements")


class AlreadyInThatState(Conflict):
    """Somebody else was quicker: the difference is closed already, or open again."""

    code = "difference_unchanged"
    title = _("Nothing was changed: the difference is in that state already")
