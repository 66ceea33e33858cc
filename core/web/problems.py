"""One shape for every error: RFC 9457 problem details for programs, a designed page for people."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import escape
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from core.database import close_read_session
from core.errors import InvalidInput, Problem, Unavailable
from core.permissions.principal import NOBODY
from core.web.messages import messages_of, translate_messages

PROBLEM_JSON = "application/problem+json"

#: Paths that programs call; everything else is read by people.
PROGRAM_PATHS = ("/api/v1", "/gateways/", "/open-data/", "/healthz", "/readyz")

#: Stable codes of the errors that come from the framework.
CODES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    413: "too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "too_many_requests",
    431: "headers_too_large",
    500: "internal_error",
    503: "unavailable",
}
KEPT_HEADERS = frozenset({"Allow", "Retry-After", "WWW-Authenticate"})

#: For the moment when even the error page fails: no template, no words to look up.
LAST_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Chợ 4.0</title></head>
<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">Chợ 4.0</a></p><p><code>{request_id}</code></p></main></body>
</html>
"""

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Answer every kind of error in the one shape."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(ValidationError, _on_validation_error)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(DBAPIError, _on_database_error)
    app.register_error_handler(PoolTimeout, _on_database_away)
    app.register_error_handler(Exception, _on_any_error)


def for_program() -> bool:
    """Whether the present request is answered to a program."""
    return request.path.startswith(PROGRAM_PATHS)


def problem_response(
    status: int,
    code: str,
    title: str,
    detail: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Response:
    """The answer itself; `members` are the problem's own data, like `errors`."""
    if for_program():
        body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **members}
        body["request_id"] = g.get("request_id")
        kept = {key: value for key, value in body.items() if value is not None}
        content, content_type = orjson.dumps(kept, default=str), PROBLEM_JSON
    else:
        content, content_type = _page(status, title, detail).encode(), "text/html; charset=utf-8"
        headers = {name: value for name, value in (headers or {}).items() if name != "WWW-Authenticate"}
    response = Response(content, status, headers, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = _language()
    if for_program():
        response.vary.add("Accept-Language")
    return response


def _page(status: int, title: str, detail: str | None) -> str:
    """The designed page; a bare one when the designed one fails as well."""
    # What was being read when the error came may be what broke; the page's head reads anew.
    close_read_session()
    words = {"status": status, "title": title, "detail": detail, "request_id": g.get("request_id")}
    try:
        return render_template("core/error.html", **words)
    except Exception:
        log.exception("error_page_failed")
    # Once more, without asking the database who is looking.
    g.principal = NOBODY
    try:
        return render_template("core/error.html", **words)
    except Exception:
        log.exception("error_page_failed_again")
    bare = {name: escape(value or "") for name, value in words.items()}
    return LAST_PAGE.format(language=_language(), **bare)


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "vi"


def _on_problem(problem: Problem) -> Response:
    members = dict(problem.data)
    if isinstance(problem, InvalidInput):
        members["errors"] = translate_messages(problem.errors)
    return problem_response(
        problem.status,
        problem.code,
        str(problem.title),
        str(problem.detail) if problem.detail else None,
        headers=problem.headers,
        **members,
    )


def _on_validation_error(error: ValidationError) -> Response:
    return _on_problem(InvalidInput(messages_of(error)))


def _on_http_exception(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:  # noqa: PLR2004 - redirects are no errors
        return error
    messages = getattr(error, "data", {}).get("messages")
    if messages is not None:
        return _on_problem(InvalidInput(_fields(messages)))
    headers = {name: value for name, value in error.get_headers(request.environ) if name in KEPT_HEADERS}
    if status >= 500:  # noqa: PLR2004
        log.error("http_error", status=status, exc_info=error)
    title, detail = _words(status)
    return problem_response(status, CODES.get(status, f"http_{status}"), title, detail, headers=headers)


def _on_database_error(error: DBAPIError) -> Response:
    # A server that went away, and a lock that was not to be had in time; anything else is a fault of ours.
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return _on_database_away(error)
    return _on_any_error(error)


def _on_database_away(error: Exception) -> Response:
    log.error("database_unavailable", exc_info=error)
    g.principal = NOBODY  # the page must not ask the database who is looking
    return _on_problem(Unavailable(_("The database did not answer. Nothing was changed; try again in a moment.")))


def _on_any_error(error: Exception) -> Response:
    log.error("unhandled", exc_info=error)
    title, detail = _words(500)
    return problem_response(500, CODES[500], title, detail)


def _fields(messages: dict[str, Any]) -> dict[str, Any]:
    """Drop webargs' outer level, which names where the fields stood."""
    locations = {"json", "query", "path", "headers", "files", "form", "json_or_form"}
    fields: dict[str, Any] = {}
    for location, found in messages.items():
        if location in locations and isinstance(found, dict):
            fields |= found
        else:
            fields[location] = found
    return fields


def _words(status: int) -> tuple[str, str | None]:
    """What happened, and what to do, for the errors that the framework raises."""
    known: dict[int, tuple[str, str | None]] = {
        400: (_("This request could not be read"), _("Go back, reload the page, and try once more.")),
        404: (_("There is nothing here"), _("Check the address, or start again from the home page.")),
        405: (_("This address does not take that method"), None),
        406: (_("This form of answer is not offered"), None),
        413: (_("That is too large"), _("Send less at once.")),
        415: (_("This kind of content is not read here"), _("Send JSON with Content-Type: application/json.")),
        429: (_("Too many tries"), _("Wait a moment, then try again.")),
        500: (
            _("Something broke on our side"),
            _("Nothing was lost. Try again; if it stays, tell us the number below."),
        ),
        503: (_("Out of reach for the moment"), _("Try again in a moment.")),
    }
    return known.get(status, (_("This cannot be done"), None))
