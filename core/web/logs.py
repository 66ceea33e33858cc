"""Structured logs, one JSON line an event, each with its request's id; no personal data.

An exception is logged by its class and the places it came through. Its message is left out where people's data is
real: messages quote what somebody sent.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, Processor

from core.settings import PROJECT_ROOT

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
CHATTY = ("werkzeug", "httpx", "httpcore", "PIL", "alembic.runtime.migration")

log = structlog.get_logger()


class Handler(logging.Handler):
    """Writes what libraries log as the same JSON lines; at most one of these is installed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write to what is standard error now."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:  # noqa: BLE001 - a log that cannot be written must not stop what it tells of
            self.handleError(record)


def configure(level: str, *, quote_errors: bool) -> None:
    """Send both our events and those of libraries to standard error as JSON lines.

    `quote_errors`: whether messages of exceptions may be written. May be called again; the last call holds.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Exceptions(quote=quote_errors),
        _without_none,
    ]
    lines = structlog.processors.JSONRenderer(serializer=_to_json)
    structlog.configure(
        processors=[*shared, lines],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_args: structlog.WriteLogger(sys.stderr),
        # Not kept, so that standard error is looked up when something is said.
        cache_logger_on_first_use=False,
    )
    handler = Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, lines]
        )
    )
    root = logging.getLogger()
    # Other handlers stay: the test runner's, for one.
    root.handlers[:] = [*(known for known in root.handlers if not isinstance(known, Handler)), handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Give every request an id, take over the caller's when it is well-formed, and log the answer."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id(given: str) -> str:
    """What a request is called in logs and answers: as its sender calls it, if that is a name, else by chance."""
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def _begin() -> None:
    g.request_id = request_id(request.headers.get("X-Request-ID", ""))
    g.started_at = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    if request.endpoint != "static":
        log.info(
            "request",
            method=request.method,
            # The rule, not the path: paths carry stall codes and search words.
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            took_ms=round((time.perf_counter() - g.started_at) * 1000, 1),
        )
    return response


class _Exceptions:
    """Turns `exc_info` into a list of errors, the outermost first, each with the calls it came through."""

    def __init__(self, *, quote: bool) -> None:
        self.quote = quote

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        given = event.pop("exc_info", None)
        error = given[1] if isinstance(given, tuple) else sys.exception() if given is True else given
        errors = []
        while isinstance(error, BaseException):
            errors.append(self._describe(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return {**event, "errors": errors} if errors else event

    def _describe(self, error: BaseException) -> dict[str, Any]:
        said = {"message": str(error)} if self.quote else {}
        kind = type(error)
        return {"type": f"{kind.__module__}.{kind.__qualname__}", **said, "calls": _calls(error.__traceback__)}


def _calls(trace: TracebackType | None) -> list[str]:
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def _short(filename: str) -> str:
    path = Path(filename)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return str(path.relative_to(PROJECT_ROOT)) if path.is_relative_to(PROJECT_ROOT) else path.name


def _without_none(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if value is not None}


def _to_json(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
