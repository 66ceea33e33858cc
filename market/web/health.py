"""Alive, and able to serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from market.database import read_session
from market.errors import Unavailable
from market.migrations import expected_revision

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> Response:
    """The database answers and carries the schema that this code was written for; 503 otherwise."""
    found = read_session().scalar(text("SELECT version_num FROM alembic_version"))
    if found != expected_revision():
        detail = f"schema {found}, expected {expected_revision()}: run `flask --app wsgi database upgrade`"
        raise Unavailable(detail)
    return jsonify(status="ok", schema=found)
