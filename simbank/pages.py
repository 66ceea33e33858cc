"""The shopper's app: pick a customer, scan, confirm, pay, see the result."""

import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from . import queries
from .app import simbank
from .errors import KeyReusedError
from .labels import REFUSALS
from .limits import CONTENT_MAX, RECENT_TRANSFERS
from .models import Customer, Refusal
from .reading import AmountError, Payee, UnreadableCodeError, read_amount, read_code
from .services import TransferRequest
from .web import LOCALES

blueprint = Blueprint("pages", __name__)

Page = str | Response | tuple[str, int]
_KEY = re.compile(r"\A[A-Za-z0-9_-]{16,64}\Z")


def signed_in(view: Callable[..., Page]) -> Callable[..., Page]:
    """Give the view its customer, or send the visitor to choose one."""

    @wraps(view)
    def wrapped(**arguments: Any) -> Page:
        customer_id = session.get("customer")
        if customer_id is not None:
            with simbank().database.read() as database:
                customer = queries.customer(database, customer_id)
            if customer is not None:
                return view(customer=customer, **arguments)
        return redirect(url_for("pages.welcome"), 303)

    return wrapped


@blueprint.get("/")
def welcome() -> Page:
    """Show who one can be today."""
    if session.get("customer") is not None:
        return redirect(url_for("pages.home"), 303)
    with simbank().database.read() as database:
        people = queries.customers(database)
    return render_template("welcome.html", people=people)


@blueprint.post("/sign-in")
def sign_in() -> Page:
    """Sign in as a demo customer; the page's own button carries the phone and the PIN."""
    phone, pin = request.form.get("phone", ""), request.form.get("pin", "")
    with simbank().database.read() as database:
        people = queries.customers(database)
    for person in people:
        if person.phone == phone and secrets.compare_digest(person.pin.encode(), pin.encode()):
            session["customer"] = person.id
            return redirect(url_for("pages.home"), 303)
    error = gettext("That phone number and PIN do not go together.")
    return render_template("welcome.html", people=people, error=error), 422


@blueprint.post("/sign-out")
def sign_out() -> Page:
    """Forget who is signed in."""
    session.pop("customer", None)
    return redirect(url_for("pages.welcome"), 303)


@blueprint.post("/language")
def language() -> Page:
    """Change the language and go back to the page one came from."""
    chosen = request.form.get("locale", "")
    if chosen not in LOCALES:
        raise BadRequest
    session["locale"] = chosen
    return redirect(_came_from() or url_for("pages.welcome"), 303)


@blueprint.get("/home")
@signed_in
def home(customer: Customer) -> Page:
    """Show the balance, the way to scan, and the last transfers."""
    with simbank().database.read() as database:
        transfers = queries.recent_transfers(database, customer.account_id, RECENT_TRANSFERS)
    return render_template("home.html", customer=customer, transfers=transfers)


@blueprint.get("/scan")
@signed_in
def scan(customer: Customer) -> Page:
    """Show the camera, and the ways without one."""
    return render_template("scan.html", customer=customer, typed="", error=None)


@blueprint.post("/scan")
@signed_in
def read_scan(customer: Customer) -> Page:
    """Take a code from camera, picture or clipboard; a readable one goes on to its confirmation."""
    payload = request.form.get("code", "")
    with simbank().database.read() as database:
        try:
            payee = read_code(database, payload)
        except UnreadableCodeError as error:
            return _unreadable(customer, payload, error)
    return redirect(url_for("pages.confirm", code=payee.payload), 303)


@blueprint.get("/confirm")
@signed_in
def confirm(customer: Customer) -> Page:
    """Show whom one is about to pay."""
    payload = request.args.get("code", "")
    with simbank().database.read() as database:
        try:
            payee = read_code(database, payload)
        except UnreadableCodeError as error:
            return _unreadable(customer, payload, error)
    return _confirmation(customer, payee)


@blueprint.post("/confirm")
@signed_in
def pay(customer: Customer) -> Page:
    """Pay once for each confirmation, however often it is sent."""
    payload, key = request.args.get("code", ""), request.form.get("key", "")
    if not _KEY.match(key):
        raise BadRequest
    with simbank().database.read() as database:
        try:
            payee = read_code(database, payload)
        except UnreadableCodeError as error:
            return _unreadable(customer, payload, error)
    typed = {
        "amount": request.form.get("amount", ""),
        "content": request.form.get("content", "")[:CONTENT_MAX],
    }
    try:
        amount_vnd = payee.amount_vnd or read_amount(typed["amount"])
    except AmountError as error:
        return _confirmation(customer, payee, typed, amount_error=error.words), 422
    order = TransferRequest(
        from_account=customer.account.number,
        to_bank_bin=payee.bank_bin,
        to_account=payee.account_number,
        amount_vnd=amount_vnd,
        content=payee.content or typed["content"],
        idempotency_key=f"app:{customer.id}:{key}",
    )
    try:
        transfer, _ = simbank().bank.transfer(order)
    except KeyReusedError:
        notice = gettext("This page has paid once already. Look at your last transfers before you pay again.")
        return _confirmation(customer, payee, typed, notice=notice), 409
    return redirect(url_for("pages.result", bank_ref=transfer.bank_ref), 303)


@blueprint.get("/transfers/<bank_ref>")
@signed_in
def result(customer: Customer, bank_ref: str) -> Page:
    """Show how a transfer of one's own ended."""
    with simbank().database.read() as database:
        transfer = queries.transfer_of(database, bank_ref, customer.account_id)
    if transfer is None:
        raise NotFound
    refusal = REFUSALS[Refusal(transfer.refusal)] if transfer.refusal else None
    mood = "frown" if refusal else "wink"
    return render_template("result.html", customer=customer, transfer=transfer, refusal=refusal, mood=mood)


def _came_from() -> str | None:
    """Return the page that the form stood on, if it is one of ours."""
    page = urlsplit(request.referrer or "")
    inside = page.path.startswith(request.script_root + "/") and not page.path.startswith("//")
    if page.netloc != request.host or not inside:
        return None
    return f"{page.path}?{page.query}" if page.query else page.path


def _unreadable(customer: Customer, payload: str, error: UnreadableCodeError) -> Page:
    return render_template("scan.html", customer=customer, typed=payload, error=error), 422


def _confirmation(
    customer: Customer,
    payee: Payee,
    typed: dict[str, str] | None = None,
    amount_error: object = None,
    notice: str | None = None,
) -> str:
    return render_template(
        "confirm.html",
        customer=customer,
        payee=payee,
        typed=typed or {"amount": "", "content": ""},
        amount_error=amount_error,
        notice=notice,
        key=secrets.token_urlsafe(18),
    )
