"""The live stream of a stall's payments."""

from __future__ import annotations

from flask import Response

from core.database import read_session
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import requires
from payments.live import streams
from payments.live.events import Events
from vendors.stalls.queries import stall_by_code

bp = Blueprint("live", __name__, description="Payments as they come.")


@bp.get("/stalls/<code>/events")
@requires(Permission.PAYMENT_READ)
@bp.alt_response(200, content_type="text/event-stream", description="One `payment` event for each payment.")
def stall_events(code: str) -> Response:
    """A stall's payments as they come; `Last-Event-ID` (or `?after=`) resumes after a receipt number."""
    return streams.stream(stall_by_code(read_session(), code), Events())
