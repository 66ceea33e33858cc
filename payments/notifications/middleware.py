"""The door for WSGI: notifications are taken here, before Flask; every other request goes on to the application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from flask import Flask
from werkzeug.wsgi import get_input_stream

from core.errors import NotFound
from payments.gateways.errors import TooLarge
from payments.notifications.judging import ADDRESS, BODY_MAX_BYTES, Answer, Judge, addressed_gateway

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENDPOINT = "notifications"


class NotificationsMiddleware:
    """Wraps the application."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self._judge = Judge(app)
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a bank, or hand over."""
        name = addressed_gateway(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if name is None:
            return self._inner(environ, start_response)
        answer = self._answer(name, environ)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _answer(self, name: str, environ: WSGIEnvironment) -> Answer:
        judge, body = self._judge, b""
        try:
            gateway = judge.find_gateway(name)
            body = _read_body(environ)
            recorded = judge.recorder.record(judge.read(gateway, _headers(environ), body))
            return judge.acknowledge(gateway, recorded, environ.get("HTTP_X_REQUEST_ID", ""))
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender hears of it in the one shape
            return judge.refuse(name, environ, body, error)


def init_app(app: Flask) -> None:
    """Put the door before the application."""
    # The rule names the address, in the log and to whoever comes with another method.
    app.add_url_rule(ADDRESS, ENDPOINT, _miss, methods=["POST"])
    app.wsgi_app = NotificationsMiddleware(app, app.wsgi_app)  # type: ignore[method-assign]


def _miss(**_names: str) -> NoReturn:
    """Flask passes over slashes at the beginning of a path; `addressed_gateway` does not."""
    raise NotFound


def _read_body(environ: WSGIEnvironment) -> bytes:
    """All of it, also where its length is not said beforehand (chunks). Raises `TooLarge`."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdecimal():
        # The stream ends at its limit without a word, so the limit is a byte more than what is taken.
        body = get_input_stream(environ, max_content_length=BODY_MAX_BYTES + 1).read()
    elif int(length) <= BODY_MAX_BYTES:
        body = environ["wsgi.input"].read(int(length))
    else:
        raise TooLarge
    if len(body) > BODY_MAX_BYTES:
        raise TooLarge
    return body


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
