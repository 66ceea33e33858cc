"""What can go wrong with reconciling, a file that cannot be read aside: see `payments.statements.errors`."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _

from core.errors import Conflict
from core.web.i18n import moment


class CannotBeAsked(Conflict):
    """This gateway tells no statements; they come as files."""

    code = "gateway_tells_no_statements"
    title = _("This gateway tells no statements")


class OfAnotherGateway(Conflict):
    """The same file was taken as another gateway's, and the same money counts once."""

    code = "statement_of_another_gateway"
    title = _("This file was imported for another gateway")

    def __init__(self, gateway: str, imported_at: datetime) -> None:
        words = _(
            "This file was imported for %(gateway)s on %(moment)s, and nothing is changed. Choose %(gateway)s, or "
            "another file for this gateway.",
            gateway=gateway,
            moment=moment(imported_at),
        )
        super().__init__(words)


class AlreadyInThatState(Conflict):
    """Somebody else was quicker: the discrepancy is closed already, or open again."""

    code = "discrepancy_unchanged"
    title = _("Nothing was changed: the discrepancy is in that state already")
