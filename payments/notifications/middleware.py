"""Banks' notifications are taken before Flask: reading a request as a page costs several times what recording it does.

What is answered here is success alone. Everything else goes on to the view with what went wrong, so that each problem
is answered, and logged, in the one shape that all answers have; the work is not done again there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson
from flask import Flask

from core.web.logs import request_id
from payments.gateways.errors import TooLarge, UnknownGateway
from payments.gateways.port import Gateway
from payments.recording.ingest import Message, Submission
from payments.recording.recorder import Recorder

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_MAX_BYTES: Final = 1_048_576
#: Where the view finds what went wrong, and the body.
FAILURE: Final = "cho40.notification_failure"
BODY: Final = "cho40.notification_body"

NOTIFICATIONS: Final = re.compile(r"/gateways/([a-z0-9_-]{1,32})/notifications")


class NotificationsMiddleware:
    """Wraps the application; `gateways` and `recorder` are looked up at each request, as they stand then."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self._app = app
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a bank, or hand over."""
        found = NOTIFICATIONS.fullmatch(environ["PATH_INFO"])
        length = environ.get("CONTENT_LENGTH", "")
        if found is None or environ["REQUEST_METHOD"] != "POST" or not length.isdecimal():
            return self._inner(environ, start_response)
        try:
            answer = self._take(found[1], int(length), environ)
        except Exception as error:  # noqa: BLE001 - the view raises it again, where it is answered
            environ[FAILURE] = error
            return self._inner(environ, start_response)
        return _answer(answer, environ, start_response)

    def _take(self, name: str, length: int, environ: WSGIEnvironment) -> dict[str, Any]:
        bank: Gateway | None = self._app.extensions["gateways"].get(name)
        if bank is None:
            raise UnknownGateway
        if length > BODY_MAX_BYTES:
            raise TooLarge
        body = environ["wsgi.input"].read(length)
        environ[BODY] = body
        environ["wsgi.input"] = io.BytesIO(body)
        recorder: Recorder = self._app.extensions["recorder"]
        return take(name, bank, recorder, _headers(environ), body)


def take(name: str, bank: Gateway, recorder: Recorder, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Proof first, over the raw bytes; gives what the bank wants to hear, only once all of it is durable."""
    return bank.acknowledge(recorder.record(read(name, bank, headers, body)))


def read(name: str, bank: Gateway, headers: Mapping[str, str], body: bytes) -> Submission:
    """What a message brings. Raises the gateway's errors when its proof does not hold, or nothing can be read."""
    notification = bank.read_notification(headers, body)
    message = Message(notification.message_id, body)
    return Submission(name, notification.credits, message, notification.reversals)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}


def _answer(answer: dict[str, Any], environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = orjson.dumps(answer)
    start_response("200 OK", success_headers(body, environ.get("HTTP_X_REQUEST_ID", "")))
    return [body]


def success_headers(body: bytes, given_request_id: str) -> list[tuple[str, str]]:
    """The headers of an answer to a bank.

    It is not logged: every message is kept in the database, and every group is logged by the recorder.
    """
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-ID", request_id(given_request_id)),
    ]
