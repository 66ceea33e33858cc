"""What can go wrong with payment requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict


class StallCannotAsk(Conflict):
    """A stall asks for money while it is in operation and has a code."""

    code = "stall_cannot_ask"
    title = _("This stall has no code to be paid by")


class RequestEnded(Conflict):
    """Only a request that nothing has come for and that has not ended can be cancelled; `state` says what it is."""

    code = "request_ended"
    title = _("This payment request has ended")
