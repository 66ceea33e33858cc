"""Security headers with a strict content policy, and protection of forms."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from core.web.problems import for_program

#: Nothing inline, no host but ours. `wasm-unsafe-eval` lets the code reader compile its WebAssembly, nothing else.
CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TLS_HEADER = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")

csrf = CSRFProtect()


def init_app(app: Flask, *, tls: bool) -> None:
    """Set the headers on every answer and guard every form; programs send bearer tokens and no cookie counts there."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf.init_app(app)
    app.before_request(_guard_form)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if tls:
            response.headers.setdefault(*TLS_HEADER)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _guard_form() -> None:
    if not for_program():
        csrf.protect(apply_exemptions=True)
