"""One shape for every error: RFC 9457 problem details for programs, a designed page for people."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, render_template, request
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from market.errors import InvalidInput, Problem, Unavailable
from market.web.words import translate_messages

PROBLEM_JSON = "application/problem+json"

#: Paths that programs call; everything else is read by people.
PROGRAM_PATHS = ("/api/v1/", "/gateways/", "/open-data/", "/healthz", "/readyz")

#: Stable codes of the errors that come from the framework.
CODES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Answer every kind of error in the one shape."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(ValidationError, _on_validation_error)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(OperationalError, _on_database_error)
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
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **members}
    body["request_id"] = g.get("request_id")
    if for_program():
        kept = {key: value for key, value in body.items() if value is not None}
        content, content_type = orjson.dumps(kept, default=str), PROBLEM_JSON
    else:
        content, content_type = _page(status, title, detail).encode(), "text/html; charset=utf-8"
    response = Response(content, status, headers, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def _page(status: int, title: str, detail: str | None) -> str:
    return render_template(
        "market/error.html", status=status, title=title, detail=detail, request_id=g.get("request_id")
    )


def _on_problem(problem: Problem) -> Response:
    data = {key: value for key, value in problem.data.items() if key not in {"errors", "data"}}
    if isinstance(problem, InvalidInput):
        data["errors"] = translate_messages(problem.errors)
    return problem_response(
        problem.status,
        problem.code,
        str(problem.title),
        str(problem.detail) if problem.detail else None,
        headers=problem.headers,
        **data,
    )


def _on_validation_error(error: ValidationError) -> Response:
    return _on_problem(InvalidInput(error.normalized_messages()))


def _on_http_exception(error: HTTPException) -> Response | HTTPException:
    original = getattr(error, "original_exception", None)
    if isinstance(original, Problem):
        return _on_problem(original)
    status = error.code or 500
    if 300 <= status < 400:  # noqa: PLR2004 - redirects are no errors
        return error
    messages = getattr(error, "data", {}).get("messages") if hasattr(error, "data") else None
    if messages is not None:
        return _on_problem(InvalidInput(_fields(messages)))
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}}
    if status >= 500:  # noqa: PLR2004
        log.error("http_error", status=status, exc_info=error)
    title, detail = _words(status)
    return problem_response(status, CODES.get(status, f"http_{status}"), title, detail, headers=kept)


def _on_database_error(error: OperationalError) -> Response:
    # The database is away, or it stayed locked past the time-out: nothing was written, the caller may try again.
    log.error("database_unavailable", exc_info=error)
    return _on_problem(Unavailable(_("The database did not answer. Nothing was changed; try again in a moment.")))


def _on_any_error(error: Exception) -> Response:
    log.error("unhandled", exc_info=error)
    title, detail = _words(500)
    return problem_response(500, CODES[500], title, detail)


def _fields(messages: dict[str, Any]) -> dict[str, Any]:
    """Drop webargs' outer level, which names where the fields stood."""
    fields: dict[str, Any] = {}
    for location, found in messages.items():
        if location in {"json", "query", "path", "headers", "files", "form", "json_or_form"} and isinstance(found, dict):
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
        500: (_("Something broke on our side"), _("Nothing was lost. Try again; if it stays, tell us the number below.")),
        503: (_("Out of reach for the moment"), _("Try again in a moment.")),
    }
    return known.get(status, (_("This cannot be done"), None))
