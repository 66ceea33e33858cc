"""The address that gateways send their notifications to, as far as the middleware does not answer them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from core.web.security import csrf
from payments.gateways.errors import Malformed, TooLarge
from payments.gateways.registry import gateway
from payments.notifications.middleware import BODY, BODY_MAX_BYTES, FAILURE, take
from payments.notifications.services import keep_unreadable
from payments.recording.recorder import recorder

bp = Blueprint("gateways", __name__)


@bp.post("/gateways/<name>/notifications")
@csrf.exempt
def notify(name: str) -> Response:
    """Tell a bank what was wrong with its message; or take it, when its length was not told before."""
    try:
        failure = request.environ.get(FAILURE)
        if failure is not None:
            raise failure
        bank = gateway(name)
        body = request.get_data(cache=False)
        request.environ[BODY] = body
        if len(body) > BODY_MAX_BYTES:
            raise TooLarge
        return jsonify(take(name, bank, recorder(), dict(request.headers), body))
    except Malformed as error:
        keep_unreadable(name, request.environ[BODY], error.detail or str(error.title))
        raise
