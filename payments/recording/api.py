"""REST calls about payments."""

from __future__ import annotations

from typing import Any

from core.database import read_session
from core.errors import NotFound
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import current_principal, requires
from payments.recording import queries
from payments.recording.schemas import PaymentListSchema, PaymentSchema, PaymentsQuery
from vendors.stalls.queries import place_of_stall, stall_by_code, stall_by_id

bp = Blueprint("payments", __name__, description="Money: payments of stalls.")


@bp.get("/payments")
@requires(Permission.PAYMENT_READ)
@bp.arguments(PaymentsQuery, location="query")
@bp.response(200, PaymentListSchema)
def list_payments(query: dict[str, Any]) -> dict[str, Any]:
    """A stall's payments in the order of their receipt numbers."""
    stall = stall_by_code(read_session(), query["stall"])
    current_principal().require(Permission.PAYMENT_READ, place_of_stall(stall))
    found = queries.payments_after(read_session(), stall.id, query["after"], query["limit"] + 1)
    items = found[: query["limit"]]
    return {"items": items, "next": str(items[-1].receipt_number) if len(found) > len(items) else None}


@bp.get("/payments/<int:payment_id>")
@requires(Permission.PAYMENT_READ)
@bp.response(200, PaymentSchema)
def show_payment(payment_id: int) -> queries.PaymentView:
    """One payment."""
    payment = queries.find_payment(read_session(), payment_id)
    if payment is None:
        raise NotFound
    stall = stall_by_id(read_session(), payment.stall_id)
    current_principal().require(Permission.PAYMENT_READ, place_of_stall(stall))
    return payment
