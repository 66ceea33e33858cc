"""REST calls about adoption."""

from __future__ import annotations

from typing import Any

from flask import Response

from adoption.indicators import queries
from adoption.indicators.exports import csv_response
from adoption.indicators.places import find_subject
from adoption.indicators.schemas import Question, TableSchema, answer
from adoption.indicators.tables import Figures, Table
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import current_principal, requires

bp = Blueprint("adoption", __name__, description="How far markets and areas have come.")


@bp.route("/adoption")
@requires(Permission.ADOPTION_READ)
@bp.arguments(Question, location="query")
@bp.response(200, TableSchema)
def get_adoption(asked: dict[str, Any]) -> dict[str, Any]:
    """Stalls, codes and payments of an area and a period.

    Every rate stands with its numerator and denominator. Money of fewer than five stalls is never told: such rows are
    `hidden`, and sums that leave such money out are not `complete`.
    """
    return answer(_table(asked))


@bp.route("/adoption.csv")
@requires(Permission.ADOPTION_READ)
@bp.arguments(Question, location="query")
@bp.response(200, content_type="text/csv")
def get_adoption_csv(asked: dict[str, Any]) -> Response:
    """The same figures as a CSV file; the line whose `row` is `total` pools the others."""
    return csv_response(_table(asked))


def _table(asked: dict[str, Any]) -> Table:
    with queries.snapshot() as session:
        subject = find_subject(session, current_principal(), asked["area"])
        return Figures(session, subject, asked["period"]).table(asked["by"])
