"""REST calls about payments."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _

from core.database import read_session
from core.errors import InvalidInput, NotFound
from core.permissions.roles import Permission
from core.web.api import Blueprint, PageQuery
from core.web.converters import KEY_MAX
from core.web.guards import current_principal, requires
from payments.live import streams
from payments.live.telling import Telling
from payments.recording import queries, services
from payments.recording.schemas import (
    AssignSchema,
    PaymentListSchema,
    PaymentSchema,
    PaymentsQuery,
    UnmatchedListSchema,
    WithdrawSchema,
)
from vendors.stalls.queries import place_of_stall, stall_by_code, stall_by_id

bp = Blueprint("payments", __name__, description="Money: payments of stalls, and credits without a stall.")


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


@bp.get("/stalls/<code>/events")
@requires(Permission.PAYMENT_READ)
@bp.alt_response(200, content_type="text/event-stream", description="One `payment` event for each payment.")
def stall_events(code: str) -> Response:
    """A stall's payments as they come; `Last-Event-ID` (or `?after=`) resumes after a receipt number."""
    return streams.stream(stall_by_code(read_session(), code), Telling())


@bp.get("/unmatched")
@requires(Permission.UNMATCHED_READ)
@bp.arguments(PageQuery, location="query")
@bp.response(200, UnmatchedListSchema)
def list_unmatched(query: dict[str, Any]) -> dict[str, Any]:
    """Credits without a stall, oldest first: money that is recorded and waits for a person.

    A market board sees those that went to an account of one of its stalls, an operator all of them.
    """
    after = query["after"] or "0"
    if not (after.isascii() and after.isdecimal() and int(after) <= KEY_MAX):
        raise InvalidInput({"after": [_("Use the `next` of the answer before.")]})
    grants = current_principal().grants_for(Permission.UNMATCHED_READ)
    found = queries.unmatched(read_session(), grants, int(after), query["limit"] + 1)
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
def assign_unmatched(body: dict[str, Any], credit_id: int) -> queries.PaymentView:
    """Give an unmatched credit to a stall; it becomes the stall's next payment."""
    return services.assign(current_principal(), credit_id, body["stall"], body["reason"])


@bp.post("/payments/<int:payment_id>/withdraw")
@requires(Permission.UNMATCHED_ASSIGN)
@bp.arguments(WithdrawSchema)
@bp.response(204)
def withdraw_assignment(body: dict[str, Any], payment_id: int) -> None:
    """Take an assignment back, by an entry of its own; the credit is unmatched again."""
    services.withdraw(current_principal(), payment_id, body["reason"])
