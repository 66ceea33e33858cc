"""What the worker calls: asking the bank for a refund until it has spoken its last word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask_babel import lazy_gettext as _

from core.database import database
from core.floor import JobKind
from payments.refunds.models import Refund
from payments.refunds.services import POLL, next_poll, poll_refund


def _poll(payload: Mapping[str, Any]) -> timedelta | None:
    """Ask once; gives when to ask again, None when the bank has said it or somebody else heard it."""
    with database().reading() as session:
        refund = session.get_one(Refund, payload["refund_id"])
    if refund.settled_at is None:
        refund = poll_refund(refund)
    return None if refund.settled_at is not None else next_poll(refund)


#: Each refund orders its own.
KINDS: Final = {POLL: JobKind(_poll, _("ask the bank for a refund"))}
