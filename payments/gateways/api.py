"""The address that banks send their notifications to."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from market.web.security import csrf
from payments.gateways.errors import Malformed, TooLarge
from payments.gateways.registry import gateway
from payments.recording.arrivals import Message, Submission
from payments.recording.recorder import recorder
from payments.recording.services import keep_unreadable

BODY_MAX_BYTES = 1_048_576

bp = Blueprint("gateways", __name__)


@bp.post("/gateways/<name>/notifications")
@csrf.exempt
def notify(name: str) -> Response:
    """Take a bank's message: proof first, over the raw bytes; the answer only once all of it is durable."""
    bank = gateway(name)
    if (request.content_length or 0) > BODY_MAX_BYTES:
        raise TooLarge
    body = request.get_data(cache=False)
    if len(body) > BODY_MAX_BYTES:
        raise TooLarge
    try:
        notification = bank.read_notification(dict(request.headers), body)
    except Malformed as error:
        keep_unreadable(name, body, error.detail or str(error.title))
        raise
    message = Message(notification.message_id, body)
    submission = Submission(name, notification.credits, message, notification.reversals)
    return jsonify(bank.acknowledge(recorder().record(submission)))
