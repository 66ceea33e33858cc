"""REST calls about refunds."""

from __future__ import annotations

from typing import Any

from flask import request

from core.database import read_session
from core.errors import NotFound
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import current_principal, requires
from core.web.idempotency import HEADER, needs_key
from payments.recording.queries import find_payment
from payments.refunds import queries, services
from payments.refunds.models import Refund
from payments.refunds.schemas import OrderRefundSchema, RefundListSchema, RefundSchema
from vendors.stalls.queries import place_of_stall, stall_by_id

bp = Blueprint("refunds", __name__, description="Money that goes back through the bank that brought it.")


@bp.post("/payments/<int:payment_id>/refunds")
@requires(Permission.PAYMENT_REFUND)
@bp.arguments(OrderRefundSchema)
@bp.response(201, RefundSchema)
@needs_key
def order_refund(body: dict[str, Any], payment_id: int) -> Refund:
    """Send a part of a payment back, or all of it. It needs an `Idempotency-Key`: the same key refunds once."""
    key = request.headers[HEADER]
    return services.order_refund(current_principal(), payment_id, body["amount_vnd"], body["reason"], key)


@bp.get("/payments/<int:payment_id>/refunds")
@requires(Permission.PAYMENT_READ)
@bp.response(200, RefundListSchema)
def list_refunds(payment_id: int) -> dict[str, Any]:
    """A payment's refunds, as far as the bank has told their outcome; it is asked in the background for the others."""
    payment = find_payment(read_session(), payment_id)
    if payment is None:
        raise NotFound
    current_principal().require(Permission.PAYMENT_READ, place_of_stall(stall_by_id(read_session(), payment.stall_id)))
    return {"items": queries.refunds_of(read_session(), payment_id), "next": None}
