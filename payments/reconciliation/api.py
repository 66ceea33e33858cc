"""REST calls about statements and discrepancies. Importing and closing are for people and for the server's commands."""

from __future__ import annotations

from typing import Any

from core.database import read_session
from core.errors import NotFound
from core.permissions.roles import Permission
from core.web.api import Blueprint, KeyPageQuery
from core.web.guards import requires
from payments.reconciliation import queries
from payments.reconciliation.models import Discrepancy, StatementLine
from payments.reconciliation.schemas import (
    DiscrepanciesQuery,
    DiscrepancyListSchema,
    LineListSchema,
    LinesQuery,
    StatementListSchema,
)

bp = Blueprint("reconciliation", __name__, description="Banks' statements, held against what is recorded.")

STATES: dict[str, bool | None] = {"open": True, "closed": False, "all": None}


@bp.get("/statements")
@requires(Permission.RECONCILE)
@bp.arguments(KeyPageQuery, location="query")
@bp.response(200, StatementListSchema)
def list_statements(query: dict[str, Any]) -> dict[str, Any]:
    """Statements, the newest first, each with what became of its lines."""
    found = queries.list_statements(read_session(), query["after"] or None, query["limit"] + 1)
    page = found[: query["limit"]]
    following = str(page[-1].statement.id) if len(found) > len(page) else None
    return {"items": [_statement(one) for one in page], "next": following}


@bp.get("/statements/<int:statement_id>/lines")
@requires(Permission.RECONCILE)
@bp.arguments(LinesQuery, location="query")
@bp.response(200, LineListSchema)
def list_lines(query: dict[str, Any], statement_id: int) -> dict[str, Any]:
    """A statement's lines in its order, each with how it ended; `outcome` picks one way."""
    if queries.summary_of(read_session(), statement_id) is None:
        raise NotFound
    found: list[StatementLine] = queries.lines_of(
        read_session(), statement_id, query["after"], query["limit"] + 1, query["outcome"]
    )
    page = found[: query["limit"]]
    return {"items": page, "next": str(page[-1].position) if len(found) > len(page) else None}


@bp.get("/discrepancies")
@requires(Permission.RECONCILE)
@bp.arguments(DiscrepanciesQuery, location="query")
@bp.response(200, DiscrepancyListSchema)
def list_discrepancies(query: dict[str, Any]) -> dict[str, Any]:
    """What a person should look at, oldest first: those that are open, unless `state` says otherwise."""
    found = queries.list_discrepancies(
        read_session(), query["after"], query["limit"] + 1, is_open=STATES[query["state"]]
    )
    page: list[Discrepancy] = [work.discrepancy for work in found[: query["limit"]]]
    return {"items": page, "next": str(page[-1].id) if len(found) > len(page) else None}


def _statement(one: queries.Summary) -> dict[str, Any]:
    facts = one.statement
    return {
        "id": facts.id,
        "gateway": facts.gateway,
        "source": facts.source,
        "name": facts.name,
        "sha256": facts.digest.hex(),
        "since": facts.since,
        "until": facts.until,
        "credits_count": facts.credits_count,
        "credits_vnd": facts.credits_vnd,
        "debits_count": facts.debits_count,
        "debits_vnd": facts.debits_vnd,
        "passed_over": facts.passed_over,
        "imported_at": facts.imported_at,
        "processed_at": facts.processed_at,
        "outcomes": {outcome.value: total for outcome, total in one.outcomes.items()},
        "open_discrepancies": one.open_discrepancies,
    }
