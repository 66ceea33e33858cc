"""What becomes of a gateway's message. Both doors ask here, so that neither can judge otherwise than the other.

A message that is recorded is answered without Flask: reading a request as a page costs several times what recording it
does. One that is refused is answered by the application's error handlers, so that every problem has the one shape, in
the sender's language, and stands in the log.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson
from flask import Flask

from core.web.logs import request_id
from payments.container import PaymentsContainer
from payments.gateways.errors import Malformed
from payments.gateways.port import Gateway, Recorded
from payments.notifications.services import keep_unreadable
from payments.recording.ingest import Message, Submission
from payments.recording.recorder import Recorder

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Where gateways send their notifications, as Flask writes an address; `addressed_gateway` reads the same.
ADDRESS: Final = "/gateways/<name>/notifications"
BODY_MAX_BYTES: Final = 1_048_576

_ADDRESS = re.compile(r"/gateways/([^/]+)/notifications")


class Answer(NamedTuple):
    """What the sender hears. `status` is as WSGI has it: "200 OK"."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def addressed_gateway(method: str, path: str) -> str | None:
    """The name of the gateway that a notification comes from; None when the request is no notification."""
    found = _ADDRESS.fullmatch(path) if method == "POST" else None
    return None if found is None else found[1]


class Judge:
    """Judges the messages of an application; its gateways and its recorder are looked up each time."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @property
    def recorder(self) -> Recorder:
        """The application's recorder."""
        return PaymentsContainer.of(self._app).recorder

    def find_gateway(self, name: str) -> Gateway:
        """The gateway of this name, asked for before anything of the message is read. Raises `UnknownGateway`."""
        return PaymentsContainer.of(self._app).gateway(name)

    def read(self, gateway: Gateway, headers: Mapping[str, str], body: bytes) -> Submission:
        """What is to be recorded. The proof comes first, over the raw bytes.

        Raises `BadProof`, then nothing is kept, and `Malformed` or `TooLarge` for what cannot be read.
        """
        notification = gateway.read_notification(headers, body)
        message = Message(notification.message_id, body)
        return Submission(gateway.name, notification.credits, message, notification.reversals)

    def acknowledge(self, gateway: Gateway, recorded: Recorded, given_request_id: str) -> Answer:
        """The answer to a message of which everything is durable.

        It is not logged: every message is kept in the database, and every group is logged by the recorder.
        """
        body = orjson.dumps(gateway.acknowledge(recorded))
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-ID", request_id(given_request_id)),
        ]
        return Answer("200 OK", headers, body)

    def refuse(self, name: str, environ: WSGIEnvironment, body: bytes, error: Exception) -> Answer:
        """The answer to a message that was not recorded because of `error`, whatever that is.

        A message whose proof held and that cannot be read is kept for a person. `body` is what was read of the message;
        nothing more is read.
        """
        environ = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        with self._app.request_context(environ):
            try:
                self._app.preprocess_request()
                if isinstance(error, Malformed):
                    keep_unreadable(name, body, str(error.detail or error.title))
            except Exception as another:  # noqa: BLE001 - answered in the place of the first
                error = another
            response = self._app.finalize_request(self._app.handle_user_exception(error))
            return Answer(response.status, response.get_wsgi_headers(environ).to_wsgi_list(), response.get_data())
