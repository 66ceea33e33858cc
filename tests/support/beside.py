"""The simulated bank beside the application, in one process: its own database, our HTTP calls to it, its calls to us.

Nothing of either is replaced but the wire: httpx speaks to the other's WSGI application. The bank's courier has no
thread; `deliver` lets it go as long as it finds something to do.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import httpx
from flask import Flask
from sqlalchemy import update

import simbank
from core.database import database
from core.settings import DEMO_API_KEY, DEMO_WEBHOOK_SECRET, Settings
from payments.gateways.simbank import Simbank
from payments.live.container import LiveContainer
from simbank.clock import Clock, SystemClock
from simbank.delivery import WebhookSender
from simbank.faults.calls import Wait
from simbank.numbers import NumberSource
from tests.support.money import CodedStall
from tests.support.unflushed import unflushed
from vendors.codes.banks import SIMULATED_BIN
from vendors.codes.models import PaymentCode

NOTIFICATIONS_URL = "http://cho.test/gateways/simbank/notifications"
SHOPPER = "990100000001"

_banks: dict[date, bytes] = {}


class Wire(httpx.BaseTransport):
    """Carries requests to a WSGI application. `cut` loses them; `deaf` carries them and loses the answers."""

    def __init__(self, app: Flask) -> None:
        self.lead_to(app)
        self.cut = False
        self.deaf = False
        self.carried: list[tuple[str, str]] = []

    def lead_to(self, app: Flask) -> None:
        """Carry to this application from now on."""
        self._inner = httpx.WSGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            raise httpx.ConnectError("nobody there", request=request)
        self.carried.append((request.method, request.url.path))
        answer = self._inner.handle_request(request)
        if self.deaf:
            raise httpx.ReadTimeout("no answer", request=request)
        return answer


@dataclass
class BankBeside:
    """The bank, and what tests do at its counter."""

    ours: Flask
    theirs: Flask
    to_bank: Wire
    to_us: Wire
    client: httpx.Client
    paid: int = 0

    def connect(self, ours: Flask, settings: Settings) -> None:
        """Wire an application and the bank to each other; the bank knows one at a time."""
        self.gateway = Simbank(replace(settings, simbank_url="http://bank.test"), transport=self.to_bank)
        LiveContainer.of(ours).gateways["simbank"] = self.gateway
        LiveContainer.of(ours).issuer = self.gateway
        self.to_us.lead_to(ours)
        self.ours = ours

    def open(self, account_number: str, holder_name: str = "NGUYEN THI MAU", *, balance_vnd: int = 0) -> None:
        """Open an account."""
        item = {"account_number": account_number, "holder_name": holder_name, "opening_balance_vnd": balance_vnd}
        self._done(self.client.post("/api/v1/accounts", json={"items": [item]}))

    def keep(self, stall: CodedStall) -> str:
        """Open the stall's account, and have its code carry a virtual account of this bank; gives its number."""
        self.open(stall.account_number)
        issued = self.gateway.issue_virtual_account(
            request_id=stall.code, bank_bin=SIMULATED_BIN, account_number=stall.account_number, label=stall.code
        )
        assert issued is not None
        with database().writing() as session:
            session.execute(
                update(PaymentCode).where(PaymentCode.stall_id == stall.id).values(virtual_account=issued.number)
            )
        return issued.number

    def pay(self, to: str, amount_vnd: int, content: str = "tien hang", *, payer: str = SHOPPER) -> None:
        """Move a shopper's money; the stall hears of it when the bank delivers."""
        self.paid += 1
        order = {
            "from_account": payer,
            "to_bank_bin": SIMULATED_BIN,
            "to_account": to,
            "amount_vnd": amount_vnd,
            "content": content,
            "idempotency_key": f"test-{self.paid}",
        }
        self._done(self.client.post("/api/v1/transfers", json=order))

    def credits(self) -> list[dict]:
        """The credits that the bank has reported or will report, oldest first."""
        return list(self._done(self.client.get("/api/v1/credits", params={"limit": 1000})).json()["items"])

    def reverse(self, credit_id: str) -> dict:
        """Have the bank take a credit back."""
        return dict(
            self._done(self.client.post(f"/api/v1/credits/{credit_id}/reverse", json={"reason": "NHAM"})).json()
        )

    def set_faults(self, **orders: object) -> None:
        """Set the bank's plan of faults."""
        self._done(self.client.put("/api/v1/faults", json=orders))

    def balance_vnd(self, account_number: str) -> int:
        """What an account holds."""
        item = {"account_number": account_number, "holder_name": "NGUYEN THI MAU"}
        answer = self._done(self.client.post("/api/v1/accounts", json={"items": [item]}))
        return int(answer.json()["items"][0]["balance_vnd"])

    def deliver(self) -> int:
        """Let the courier go until there is nothing to send now; gives how many messages it tried to deliver."""
        tried = 0
        while step := self.theirs.extensions["simbank"].courier.step():
            tried += step
        return tried

    def close(self) -> None:
        """Close its database."""
        self.theirs.extensions["simbank"].stop()
        self.client.close()

    def _done(self, answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, answer.text
        return answer


def _terms(file: Path) -> simbank.SimbankSettings:
    return simbank.SimbankSettings(secret_key="the bank's own", api_key=DEMO_API_KEY, database_url=f"sqlite:///{file}")


def lay_bank(path: Path, clock: Clock) -> None:
    """The bank's database as it makes it for itself, with its demo customers: made once for each day of a clock."""
    day = clock.now().date()
    if day not in _banks:
        with tempfile.TemporaryDirectory(prefix="cho40-bank-") as folder:
            file = Path(folder) / path.name
            simbank.create_app(_terms(file), clock=clock, background=False).extensions["simbank"].stop()
            _banks[day] = file.read_bytes()
    path.write_bytes(_banks[day])


def open_beside(
    ours: Flask,
    settings: Settings,
    folder: Path,
    *,
    clock: Clock | None = None,
    seed: int | None = None,
    to_us: Wire | None = None,
    wait: Wait = lambda _seconds: None,
) -> BankBeside:
    """Set the bank up beside an application, and wire each to the other."""
    clock, to_us = clock or SystemClock(), to_us or Wire(ours)
    rng = random.Random(seed)
    file = folder / "simbank.sqlite3"
    lay_bank(file, clock)
    theirs = simbank.create_app(
        _terms(file),
        clock=clock,
        numbers=NumberSource(rng) if seed is not None else NumberSource(),
        sender=WebhookSender(NOTIFICATIONS_URL, DEMO_WEBHOOK_SECRET, 5.0, clock, transport=to_us),
        rng=rng,
        wait=wait,
        background=False,
    )
    unflushed(theirs.extensions["simbank"].database)
    theirs.extensions["simbank"].database.engine.dispose()
    headers = {"Authorization": f"Bearer {DEMO_API_KEY}"}
    client = httpx.Client(base_url="http://bank.test", headers=headers, transport=httpx.WSGITransport(app=theirs))
    beside = BankBeside(ours, theirs, Wire(theirs), to_us, client)
    beside.connect(ours, settings)
    return beside
