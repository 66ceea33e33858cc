"""Structured logs, one JSON line an event, each with its request's id; no personal data."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger()


def configure(level: str) -> None:
    """Send both our events and those of libraries to standard error as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_none,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(_stderr()),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer())
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "PIL", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Give every request an id, take over the caller's when it is well-formed, and log the answer."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
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


def _without_none(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if value is not None}


def _stderr() -> Any:
    import sys  # noqa: PLC0415 - looked up late, so that a test's capture is honoured

    return sys.stderr
