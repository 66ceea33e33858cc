"""The partner's API: JSON, a bearer key, problems as RFC 9457."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import chain, islice
from typing import Any

from flask import Blueprint, Response, jsonify, request, stream_with_context
from marshmallow import Schema, ValidationError
from sqlalchemy import text
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from . import camt053, queries, statements
from .app import simbank
from .clock import day_bounds, iso
from .errors import (
    AccountNotFoundError,
    InvalidRequestError,
    NotAJsonObjectError,
    RefundNotFoundError,
    ReturnRefusedError,
    SimbankError,
    TransferRefusedError,
    UnauthorizedError,
)
from .faults import calls
from .faults.reading import days_as_told, page_as_told
from .models import Account, Credit, Refund, Refusal, ReturnRefusal, Transfer, VirtualAccount
from .numbers import BANK_BIN
from .outbox import credit_json, reversal_json
from .returns import RefundRequest
from .schemas import (
    AccountsSchema,
    CreditsQuerySchema,
    DayQuerySchema,
    RefundSchema,
    ReversalSchema,
    StatementQuerySchema,
    TransferSchema,
    VirtualAccountSchema,
    VirtualAccountsSchema,
)
from .services import AccountRequest, TransferRequest, VirtualAccountRequest
from .statements import AccountDay

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
health = Blueprint("health", __name__)

Answer = tuple[Response, int]


@health.get("/healthz")
def healthz() -> Answer:
    """Say whether the bank and its database answer."""
    with simbank().database.read() as session:
        session.execute(text("SELECT 1"))
    return jsonify(status="ok"), 200


@blueprint.before_request
def authorize() -> None:
    """Let in the partner's key alone. Raises UnauthorizedError."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    right = simbank().settings.api_key.encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), right):
        raise UnauthorizedError


blueprint.before_request(calls.before)
blueprint.after_request(calls.after)


@blueprint.get("/banks/<bank_bin>/accounts/<number>/holder")
def holder(bank_bin: str, number: str) -> Answer:
    """Look up who holds an account, by its own number or a virtual one."""
    with simbank().database.read() as session:
        found = queries.destination(session, bank_bin, number)
        if found is None:
            raise AccountNotFoundError
        name = found.account.holder_name
    return jsonify(bank_bin=bank_bin, account_number=number, holder_name=name), 200


@blueprint.post("/accounts")
def open_accounts() -> Answer:
    """Open accounts with money from the house; those that are there stay as they are."""
    items: list[AccountRequest] = json_body(AccountsSchema())["items"]
    with _pointing_at(lambda errors: {"items": errors}):
        accounts, new = simbank().bank.open_accounts(items)
    return jsonify(items=[_account_json(account) for account in accounts]), 201 if new else 200


@blueprint.post("/virtual-accounts")
def issue_virtual_account() -> Answer:
    """Issue one virtual account."""
    item: VirtualAccountRequest = json_body(VirtualAccountSchema())
    with _pointing_at(lambda errors: errors["0"]):
        [virtual], new = simbank().bank.issue_virtual_accounts([item])
    return jsonify(_virtual_json(virtual)), 201 if new else 200


@blueprint.post("/virtual-accounts/batch")
def issue_virtual_accounts() -> Answer:
    """Issue up to 1,000 virtual accounts, all or none."""
    items: list[VirtualAccountRequest] = json_body(VirtualAccountsSchema())["items"]
    with _pointing_at(lambda errors: {"items": errors}):
        virtuals, new = simbank().bank.issue_virtual_accounts(items)
    return jsonify(items=[_virtual_json(virtual) for virtual in virtuals]), 201 if new else 200


@blueprint.post("/transfers")
def transfer() -> Answer:
    """Make a transfer; a refusal is a problem with the refusal's code."""
    order: TransferRequest = json_body(TransferSchema())
    made, new = simbank().bank.transfer(order)
    if made.refusal is not None:
        raise TransferRefusedError(Refusal(made.refusal), _transfer_json(made))
    return jsonify(_transfer_json(made)), 201 if new else 200


@blueprint.post("/refunds")
def refund() -> Answer:
    """Give money of a credit back; a refusal is a problem with the refusal's code."""
    order: RefundRequest = json_body(RefundSchema())
    made, new = simbank().returns.refund(order)
    if made.refusal is not None:
        raise ReturnRefusedError(ReturnRefusal(made.refusal), _refund_json(made))
    return jsonify(
        {name: value for name, value in _refund_json(made).items() if name != "refusal"}
    ), 201 if new else 200


@blueprint.get("/refunds/<path:request_id>")
def find_refund(request_id: str) -> Answer:
    """Say how a refund ended; 404 when the bank never received it."""
    with simbank().database.read() as session:
        found = queries.refund(session, request_id)
        if found is None:
            raise RefundNotFoundError
        answer = _refund_json(found)
    return jsonify(answer), 200


@blueprint.post("/credits/<credit_id>/reverse")
def reverse(credit_id: str) -> Answer:
    """Have the bank take the rest of a credit back, once."""
    reason: str = json_body(ReversalSchema())["reason"]
    made, new = simbank().returns.reverse(credit_id, reason)
    return jsonify(reversal_json(made)), 201 if new else 200


@blueprint.get("/credits")
def credits() -> Answer:  # noqa: A001 -- the resource's name
    """List the credits that were or will be reported, oldest first."""
    query = _query(CreditsQuerySchema())
    with simbank().database.read() as session:
        rows = queries.credits_after(session, query["after"], query["limit"])
        items = [_credit_json(credit) for credit in rows]
    more = len(items) == query["limit"]
    return jsonify(items=items, next=str(rows[-1].seq) if more else None), 200


@blueprint.get("/statements")
def statement() -> Answer:
    """List what was booked on reported accounts, oldest first."""
    query = _query(StatementQuerySchema())
    with simbank().database.read() as session:
        page = statements.page(session, query["from_"], query["to"], query["after"], query["limit"])
    page = page_as_told(simbank().faults, page)
    items = [line.as_told() for line in page.lines]
    return jsonify(items=items, next=str(page.next) if page.next else None), 200


@blueprint.get("/statements/camt.053")
def statement_camt053() -> Response:
    """Stream a day's statement as camt.053.001.08."""
    day, now = _day(), simbank().clock.now()
    return _streamed(camt053.document(_account_days(day), day, now), "application/xml", f"camt053-{day}.xml")


@blueprint.get("/statements/csv")
def statement_csv() -> Response:
    """Stream a day's statement as CSV."""
    day = _day()
    return _streamed(statements.as_csv(_account_days(day)), "text/csv", f"statement-{day}.csv")


def _day() -> date:
    day: date = _query(DayQuerySchema())["date"]
    if day_bounds(day)[0] > simbank().clock.now():
        raise InvalidRequestError(errors={"date": ["Must not be in the future."]})
    return day


def _account_days(day: date) -> Iterator[AccountDay]:
    """Return the day of each account, out of one transaction that ends with the last one.

    The first is read at once, so that a database that is away is answered as a problem.
    """
    days = _read_days(day)
    return chain([*islice(days, 1)], days)


def _read_days(day: date) -> Iterator[AccountDay]:
    with simbank().database.read() as session:
        yield from days_as_told(simbank().faults, statements.account_days(session, *day_bounds(day)))


def _streamed(pieces: Iterator[bytes], mimetype: str, filename: str) -> Response:
    return Response(
        stream_with_context(pieces),
        mimetype=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


@contextmanager
def _pointing_at(place: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[None]:
    """Turn a service's errors, keyed by position, into ones that point into the body."""
    try:
        yield
    except SimbankError as error:
        error.errors = place(error.errors) if error.errors else None
        raise


def _query(schema: Schema) -> Any:
    try:
        return schema.load(request.args)
    except ValidationError as error:
        raise InvalidRequestError(errors=error.messages_dict) from None


def json_body(schema: Schema) -> Any:
    """Return what a request's JSON holds. Raises NotAJsonObjectError, InvalidRequestError."""
    try:
        data = request.get_json()
    except UnsupportedMediaType:
        raise
    except BadRequest:
        raise NotAJsonObjectError from None
    if not isinstance(data, dict):
        raise NotAJsonObjectError
    try:
        return schema.load(data)
    except ValidationError as error:
        raise InvalidRequestError(errors=error.messages_dict) from None


def _account_json(account: Account) -> dict[str, Any]:
    return {
        "bank_bin": BANK_BIN,
        "account_number": account.number,
        "holder_name": account.holder_name,
        "balance_vnd": account.balance_vnd,
        "status": account.status,
        "reported": account.reported,
    }


def _virtual_json(virtual: VirtualAccount) -> dict[str, Any]:
    return {
        "virtual_account": virtual.number,
        "bank_bin": BANK_BIN,
        "account_number": virtual.account.number,
        "holder_name": virtual.account.holder_name,
        "request_id": virtual.request_id,
    }


def _transfer_json(transfer: Transfer) -> dict[str, Any]:
    return {
        "bank_ref": transfer.bank_ref,
        "state": transfer.state,
        "from_account": transfer.payer.number,
        "to_bank_bin": transfer.to_bank_bin,
        "to_account": transfer.to_number,
        "holder_name": transfer.payee.holder_name if transfer.payee else None,
        "amount_vnd": transfer.amount_vnd,
        "content": transfer.content,
        "paid_at": iso(transfer.made_at),
    }


def _refund_json(refund: Refund) -> dict[str, Any]:
    booked = refund.transfer
    return {
        "request_id": refund.request_id,
        "credit_id": refund.credit.id,
        "amount_vnd": refund.amount_vnd,
        "state": refund.state,
        "bank_ref": booked.bank_ref if booked else None,
        "booked_at": iso(booked.made_at) if booked else None,
        "refusal": refund.refusal,
    }


def _credit_json(credit: Credit) -> dict[str, Any]:
    message = credit.message
    delivery = {
        "state": (message.stopped or message.state) if message else "pending",
        "message_id": message.id if message else None,
        "attempts": message.attempts if message else 0,
        "delivered_at": iso(message.delivered_at) if message and message.delivered_at else None,
        "last_result": message.last_result if message else None,
    }
    return {**credit_json(credit), "delivery": delivery}
