"""The API's description as a page that people can read, made from the same OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template

bp = Blueprint("docs", __name__)


@bp.get("/api/docs")
def show() -> str:
    """Every call with what it takes and answers."""
    spec: dict[str, Any] = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return render_template("market/api_docs.html", spec=spec)
