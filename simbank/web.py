"""What every answer has: security headers, a session of its own path, a language, one error shape."""

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from flask import (
    Flask,
    Request,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask_babel import Babel
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from . import api, labels
from .app import simbank
from .errors import SimbankError
from .faults import api as faults_api

log = structlog.get_logger("simbank.web")

LOCALES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LOCALE = "vi"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self'; "
    "img-src 'self' blob: data:; "
    "connect-src 'self'; "
    "media-src 'self' blob:; "
    "font-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HTTP_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
_API_PREFIXES = ("/api/", "/healthz")

PAGE_ERRORS = {
    400: (
        _("That did not go through"),
        _("Go back, reload the page, and try once more. No money has moved."),
    ),
    404: (
        _("Nothing here"),
        _("This page does not exist, or it is not yours to see."),
    ),
    500: (
        _("The bank tripped"),
        _("Wait a moment, then look at your last transfers before you pay again."),
    ),
}


class MountedSessionInterface(SecureCookieSessionInterface):
    """Keeps the cookie to the path where the bank is mounted: other programs share the origin."""

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 -- the interface's signature
        """Return the mount, `/` when the bank stands alone."""
        return request.script_root or "/"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 -- the interface's signature
        """Ask for https where the page came by https."""
        return request.is_secure


def locale() -> str:
    """Return the language of this request."""
    chosen = session.get("locale")
    return chosen if chosen in LOCALES else DEFAULT_LOCALE


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """Return a static file's address, which changes with its content, so that it may be kept."""
    path = Path(str(current_app.static_folder)) / filename
    return url_for("static", filename=filename, v=_fingerprint(path))


def install(app: Flask) -> None:
    """Give `app` its headers, session, languages, CSRF guard and error answers."""
    app.session_interface = MountedSessionInterface()
    Babel(app, default_locale=DEFAULT_LOCALE, locale_selector=locale)
    csrf = CSRFProtect(app)
    for blueprint in (api.blueprint, faults_api.blueprint):
        csrf.exempt(blueprint)
    app.jinja_env.filters.update(
        vnd=labels.vnd,
        in_fours=labels.in_fours,
        phone=labels.phone,
        exact_moment=labels.exact_moment,
        moment=lambda when: labels.moment(when, simbank().clock.now()),
    )
    app.context_processor(lambda: {"locale": locale(), "asset": asset})
    app.after_request(_add_headers)
    app.register_error_handler(SimbankError, _bank_error)
    app.register_error_handler(CSRFError, _page_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _add_headers(answer: Response) -> Response:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.endpoint == "static":
        if "v" in request.args:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        # A balance must not be shown again from a cache after signing out.
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _is_api(asked: Request) -> bool:
    return asked.path.startswith(_API_PREFIXES)


def _problem(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = body["status"]
    answer.mimetype = "application/problem+json"
    if body["status"] == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _bank_error(error: SimbankError) -> Response | tuple[str, int]:
    if not _is_api(request):
        return _page(error.status)
    answer = _problem(error.problem())
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _http_error(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    code = error.code or 500
    if code < HTTPStatus.BAD_REQUEST:
        return error
    if not _is_api(request):
        return _page(code)
    answer = _problem(
        {
            "type": "about:blank",
            "title": error.name,
            "status": code,
            "code": HTTP_CODES.get(code, "http_error"),
        }
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _page_error(error: CSRFError) -> tuple[str, int]:
    log.info("form refused", reason=error.description)
    return _page(400)


def _unexpected(error: Exception) -> Response | tuple[str, int]:
    log.error("request failed", path=request.path, exc_info=error)
    if not _is_api(request):
        return _page(500)
    if isinstance(error, OperationalError):
        answer = _problem(
            {
                "type": "about:blank",
                "title": "The bank's database is busy or away",
                "status": 503,
                "code": "unavailable",
            }
        )
        answer.headers["Retry-After"] = "2"
        return answer
    return _problem(
        {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "code": "internal_server_error",
        }
    )


def _page(code: int) -> tuple[str, int]:
    title, advice = PAGE_ERRORS.get(code, PAGE_ERRORS[500 if code >= 500 else 400])  # noqa: PLR2004
    return render_template("error.html", title=title, advice=advice), code
