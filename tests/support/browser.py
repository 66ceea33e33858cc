"""The client of tests: each request stands alone, and forms carry the token that a page would have given them."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from core.web.problems import PROGRAM_PATHS

RAW_TOKEN = "a" * 40


class Browser(FlaskClient):
    """Keeps cookies like a browser.

    A POST to a page carries a valid CSRF token unless `csrf=False`. Requests run in an application context of their
    own, as they do in a server: nothing that one of them keeps in `g` is seen by the next, or by the test.
    """

    application: Flask

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            path = args[0] if args and isinstance(args[0], str) else kwargs.get("path", "/")
            writes = kwargs.get("method", "GET") in {"POST", "PUT", "PATCH", "DELETE"}
            if csrf and writes and not path.startswith(PROGRAM_PATHS):
                kwargs["headers"] = {"X-CSRFToken": self._token(), **dict(kwargs.get("headers") or {})}
            return super().open(*args, **kwargs)

    def _token(self) -> str:
        with self.session_transaction() as session:
            session["csrf_token"] = RAW_TOKEN
        secret = self.application.secret_key
        assert isinstance(secret, str)
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(RAW_TOKEN))
