"""REST calls about payment requests."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import select

from core import clock
from core.database import read_session
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import current_principal, requires
from core.web.idempotency import HEADER, needs_key
from payments.recording.models import Payment, PaymentRequest
from payments.requests import queries, services
from payments.requests.schemas import AskSchema, PaymentRequestSchema
from vendors.stalls.queries import place_of_stall, stall_by_id

bp = Blueprint("payment_requests", __name__, description="Codes that carry an amount, and what became of them.")


@bp.post("/payment-requests")
@requires(Permission.PAYMENT_REQUEST)
@bp.arguments(AskSchema)
@bp.response(201, PaymentRequestSchema)
@needs_key
def ask(body: dict[str, Any]) -> dict[str, Any]:
    """Make a code that carries an amount. It needs an `Idempotency-Key`: the same key makes one code."""
    made = services.ask(
        current_principal(),
        body["stall"],
        body["amount_vnd"],
        note=body["note"],
        expires_in_s=body["expires_in_s"],
        key=request.headers[HEADER],
    )
    return describe(made)


@bp.get("/payment-requests/<request_id>")
@requires(Permission.PAYMENT_READ)
@bp.response(200, PaymentRequestSchema)
def show(request_id: str) -> dict[str, Any]:
    """A payment request as it is now."""
    found = queries.find(read_session(), request_id)
    stall = stall_by_id(read_session(), found.stall_id)
    current_principal().require(Permission.PAYMENT_READ, place_of_stall(stall))
    return describe(found)


@bp.post("/payment-requests/<request_id>/cancel")
@requires(Permission.PAYMENT_REQUEST)
@bp.response(200, PaymentRequestSchema)
def cancel(request_id: str) -> dict[str, Any]:
    """End a request that nothing has come for. Money that still comes is kept, and is late."""
    return describe(services.cancel(current_principal(), request_id))


def describe(found: PaymentRequest) -> dict[str, Any]:
    """A request as the API tells it."""
    payments = select(Payment.id).where(Payment.request_id == found.id).order_by(Payment.id)
    return {
        "id": found.public_id,
        "stall": stall_by_id(read_session(), found.stall_id).code,
        "amount_vnd": found.amount_vnd,
        "note": found.note,
        "reference": found.reference,
        "payload": found.payload,
        "state": found.state(clock.now()),
        "received_vnd": found.received_vnd,
        "late_vnd": found.late_vnd,
        "payments": list(read_session().scalars(payments)),
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "cancelled_at": found.cancelled_at,
    }
