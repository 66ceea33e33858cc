"""What can be wrong with a bank's message."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _

from core.errors import Conflict, NotFound, Problem, Unavailable


class UnknownGateway(NotFound):
    """No gateway of this name is set up here."""

    code = "unknown_gateway"


class BadProof(Problem):
    """The signature is missing, wrong or too old. Nothing of the message is kept."""

    code = "bad_proof"
    status = 401
    title = _("The proof of this message does not hold")

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 asks for the scheme with a 401."""
        return {"WWW-Authenticate": "Signature"}


class Malformed(Problem):
    """The message is genuine, but cannot be read. Nothing of it is recorded."""

    code = "malformed_notification"
    status = 400
    title = _("This message cannot be read")


class TooLarge(Problem):
    """More bytes or credits than one message may carry."""

    code = "too_large"
    status = 413
    title = _("That is too much at once")


class NotDurable(Unavailable):
    """The credits could not be made durable in time. Sending the message again is right: nothing counts twice."""

    code = "not_durable"
    retry: ClassVar[bool] = True


class RefundsUnsupported(Conflict):
    """This gateway cannot send money back; the vendor gives it back by hand."""

    code = "refunds_unsupported"
    title = _("This bank cannot send money back for us")
