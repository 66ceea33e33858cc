"""Alive, and able to serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask_babel import gettext as _

from core.database import read_session
from core.errors import Unavailable
from core.migrations import expected_revision, schema_revision

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> Response:
    """The database answers and carries the schema that this code was written for; 503 otherwise."""
    found = schema_revision(read_session())
    if found != expected_revision():
        raise Unavailable(
            _(
                "The schema is %(found)s, but this code needs %(expected)s: run `flask --app wsgi database upgrade`.",
                found=found or "–",
                expected=expected_revision(),
            )
        )
    return jsonify(status="ok", schema=found)
