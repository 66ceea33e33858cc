"""Static files with their digest in the address, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

YEAR_S = 31_536_000
DIGEST_LENGTH = 10
FIRST_ERROR = 400


def init_app(app: Flask) -> None:
    """Give templates `static_url`, and let addresses with a digest be kept."""
    app.jinja_env.globals["static_url"] = static_url

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code < FIRST_ERROR:
            response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return response


def static_url(name: str) -> str:
    """The address of a file under `static/`, changing whenever the file does."""
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder or "") / name))


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGEST_LENGTH]
