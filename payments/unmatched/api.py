"""REST calls about money without a stall."""

from __future__ import annotations

from typing import Any

from core.database import read_session
from core.permissions.roles import Permission
from core.web.api import Blueprint, KeyPageQuery
from core.web.guards import current_principal, requires
from payments.recording.queries import PaymentView
from payments.recording.schemas import PaymentSchema
from payments.unmatched import queries, services
from payments.unmatched.schemas import AssignSchema, UnassignSchema, UnmatchedListSchema

bp = Blueprint("unmatched", __name__, description="Money without a stall, and whose it is.")


@bp.get("/unmatched")
@requires(Permission.UNMATCHED_READ)
@bp.arguments(KeyPageQuery, location="query")
@bp.response(200, UnmatchedListSchema)
def list_unmatched(query: dict[str, Any]) -> dict[str, Any]:
    """Credits without a stall, oldest first: money that is recorded and waits for a person.

    A market board sees those that went to an account of one of its stalls, an operator all of them.
    """
    grants = current_principal().grants_for(Permission.UNMATCHED_READ)
    found = queries.unmatched(read_session(), grants, query["after"], query["limit"] + 1)
    page = found[: query["limit"]]
    items = [
        {
            "id": credit.id,
            "gateway": credit.gateway,
            "external_id": credit.external_id,
            "bank_ref": credit.bank_ref,
            "amount_vnd": credit.amount_vnd,
            "paid_at": credit.paid_at,
            "recorded_at": credit.recorded_at,
            "account_number": credit.account_number,
            "virtual_account": credit.virtual_account,
            "content": credit.content,
            "reason": waiting.reason,
        }
        for waiting, credit in page
    ]
    return {"items": items, "next": str(page[-1][1].id) if len(found) > len(page) else None}


@bp.post("/unmatched/<int:credit_id>/assign")
@requires(Permission.UNMATCHED_ASSIGN)
@bp.arguments(AssignSchema)
@bp.response(201, PaymentSchema)
def assign_unmatched(body: dict[str, Any], credit_id: int) -> PaymentView:
    """Give an unmatched credit to a stall; it becomes the stall's next payment."""
    return services.assign(current_principal(), credit_id, body["stall"], body["reason"])


@bp.post("/payments/<int:payment_id>/unassign")
@requires(Permission.UNMATCHED_ASSIGN)
@bp.arguments(UnassignSchema)
@bp.response(204)
def unassign_payment(body: dict[str, Any], payment_id: int) -> None:
    """Take an assignment back, by an entry of its own; the credit is unmatched again."""
    services.unassign(current_principal(), payment_id, body["reason"])
