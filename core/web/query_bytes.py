"""Query strings that hold bytes which should have been percent-encoded; servers hand them on as they came."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import quote

import flask
from flask import Flask

ASCII = "".join(sorted(set(string.printable) - set(string.whitespace)))


class Request(flask.Request):
    """A request whose query string is ASCII, as werkzeug expects when it reads it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.query_string = quote(self.query_string, safe=ASCII).encode()


def init_app(app: Flask) -> None:
    """Have every request read as `Request`."""
    app.request_class = Request
