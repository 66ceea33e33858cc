"""Who acts in these tests: the bank's counter, its partner, a shopper."""

from __future__ import annotations

import base64
import json
import queue
import re
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from simbank import SimbankSettings, create_app
from simbank.app import Simbank
from simbank.clock import ManualClock
from simbank.outbox import Outcome, Parcel

API_KEY = "partner-key"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret that only a test knows").decode()
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
STALL_ACCOUNT = "1234567890"
STALL_HOLDER = "NGUYEN THI BE SAU"
SHOPPER, POOR, LIMITED, FROZEN = "990100000001", "990100000004", "990100000005", "990100000006"


class RecordingSender:
    """Takes messages as the partner would, and answers as told; by default it takes them all."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.answers: list[Outcome] = []

    def send(self, parcel: Parcel) -> Outcome:
        self.parcels.append(parcel)
        return self.answers.pop(0) if self.answers else Outcome(delivered=True, result="200")

    def fail(self, times: int, retry_after_s: float | None = None) -> None:
        self.answers += [Outcome(delivered=False, result="503", retry_after_s=retry_after_s)] * times


@dataclass
class Counter:
    """The bank as its partner uses it, with clock and courier in the test's hand."""

    app: Flask
    clock: ManualClock
    sender: RecordingSender
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def bank(self) -> Simbank:
        return self.app.extensions["simbank"]

    def step(self) -> int:
        assert self.bank.courier is not None
        return self.bank.courier.step()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Authorization": f"Bearer {API_KEY}"})

    def post(self, path: str, body: Any) -> TestResponse:
        return self.client.post(path, json=body, headers={"Authorization": f"Bearer {API_KEY}"})

    def open_stall(self) -> str:
        """Open the stall's account and issue its virtual account, unless they are there; return the latter."""
        item = {"account_number": STALL_ACCOUNT, "holder_name": STALL_HOLDER}
        assert self.post("/api/v1/accounts", {"items": [item]}).status_code in (200, 201)
        body = {"request_id": "r-1", "account_number": STALL_ACCOUNT, "label": "DX01-A012"}
        return self.post("/api/v1/virtual-accounts", body).json["virtual_account"]

    def pay(self, to_account: str, amount_vnd: int = 50_000, **changes: Any) -> TestResponse:
        body = {
            "from_account": SHOPPER,
            "to_bank_bin": "970499",
            "to_account": to_account,
            "amount_vnd": amount_vnd,
            "content": "Tiền rau DX7K2M9Q",
            "idempotency_key": uuid.uuid4().hex,
        }
        return self.post("/api/v1/transfers", body | changes)

    def credits(self) -> list[dict[str, Any]]:
        return self.get("/api/v1/credits").json["items"]

    def refund(self, credit_id: str, amount_vnd: int, request_id: str = "refund-1", **changes: Any) -> TestResponse:
        body = {"request_id": request_id, "credit_id": credit_id, "amount_vnd": amount_vnd, "reason": "Trả hàng"}
        return self.post("/api/v1/refunds", body | changes)

    def balance_vnd(self, number: str) -> int:
        item = {"account_number": number, "holder_name": self.holder(number)}
        return self.post("/api/v1/accounts", {"items": [item]}).json["items"][0]["balance_vnd"]

    def holder(self, number: str) -> str:
        return self.get(f"/api/v1/banks/970499/accounts/{number}/holder").json["holder_name"]


def counter(database_url: str, **settings: Any) -> Counter:
    clock, sender = ManualClock(NOON), RecordingSender()
    made = SimbankSettings(
        secret_key="only-for-tests",
        api_key=API_KEY,
        database_url=database_url,
        # Where a test starts the thread, it is not to step in by itself.
        **({"delivery_poll_s": 60.0} | settings),
    )
    app = create_app(made, clock=clock, sender=sender, background=False)
    return Counter(app, clock, sender)


class Shopper:
    """A browser without JavaScript: keeps its cookie and sends each form with its token."""

    TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page = self.get("/")

    def get(self, path: str) -> TestResponse:
        self.page = self.client.get(path, follow_redirects=True)
        return self.page

    def post(self, path: str, **form: str) -> TestResponse:
        token = self.TOKEN.search(self.page.text)
        assert token is not None
        body = {"csrf_token": token.group(1), **form}
        self.page = self.client.post(path, data=body, follow_redirects=True)
        return self.page

    def sign_in(self, phone: str = "0100000001", pin: str = "1111") -> TestResponse:
        return self.post("/sign-in", phone=phone, pin=pin)

    def key(self) -> str:
        found = re.search(r'name="key" value="([^"]+)"', self.page.text)
        assert found is not None
        return found.group(1)


@dataclass
class Delivery:
    """One request that the partner got."""

    headers: dict[str, str]
    body: bytes

    @property
    def credits(self) -> list[dict[str, Any]]:
        return json.loads(self.body)["data"]["credits"]


class Partner:
    """A partner's endpoint on a real port. `answers` are (status, headers) in turn, then 200."""

    def __init__(self) -> None:
        self.deliveries: queue.Queue[Delivery] = queue.Queue()
        self.answers: queue.Queue[tuple[int, dict[str, str]]] = queue.Queue()
        self.hold = threading.Event()
        self.hold.set()
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                partner.deliveries.put(Delivery(headers, body))
                partner.hold.wait(10)
                try:
                    status, extra = partner.answers.get_nowait()
                except queue.Empty:
                    status, extra = 200, {}
                try:
                    self.send_response(status)
                    for name, value in extra.items():
                        self.send_header(name, value)
                    self.send_header("content-length", "0")
                    self.end_headers()
                except BrokenPipeError:
                    pass

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/gateways/simbank/notifications"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def next(self, timeout_s: float = 8) -> Delivery:
        return self.deliveries.get(timeout=timeout_s)

    def stop(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
