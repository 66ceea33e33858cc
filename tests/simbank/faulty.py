"""Switching faults in a test, and a partner in the same process that judges proofs as ours does."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from standardwebhooks import Webhook

from simbank.clock import Clock
from simbank.faults.models import Fault
from simbank.faults.plan import Durations, Orders, Setting
from tests.simbank.cast import STALL_ACCOUNT, WEBHOOK_SECRET, Counter

TOLERANCE = timedelta(minutes=5)


def play(counter: Counter, *next_ones: Fault, often: dict[Fault, float] | None = None, **orders: Any) -> None:
    """Replace the plan: the next event meets each of `next_ones`, others with their probability."""
    settings = {fault: Setting(next_one=True) for fault in next_ones}
    settings |= {fault: Setting(probability=probability) for fault, probability in (often or {}).items()}
    durations = {name: orders.pop(name) for name in list(orders) if name in Durations.__dataclass_fields__}
    counter.bank.faults.set(Orders(settings=settings, durations=Durations(**durations), **orders))


def events(counter: Counter) -> list[dict[str, Any]]:
    """What was done, oldest first."""
    return counter.get("/api/v1/faults").json["events"][::-1]


def told(counter: Counter) -> list[dict[str, Any]]:
    """What each parcel said, in the order of sending."""
    return [json.loads(parcel.body) for parcel in counter.sender.parcels]


def credits_told(counter: Counter) -> list[dict[str, Any]]:
    """Every credit of every parcel, in the order of sending."""
    return [credit for body in told(counter) for credit in body["data"].get("credits", [])]


@dataclass
class WsgiPartner:
    """A partner as a WSGI application: true proof and a time within five minutes, or 401."""

    clock: Clock
    heard: list[tuple[int, str, str, str, bytes]] = field(default_factory=list)
    """Status, id, time, signature and body of everything that came, in order."""

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        headers = {name: environ[f"HTTP_WEBHOOK_{name.upper()}"] for name in ("id", "timestamp", "signature")}
        status = 200 if self._is_true(headers, body) else 401
        self.heard.append((status, headers["id"], headers["timestamp"], headers["signature"], body))
        start_response(f"{status} {httpx.codes(status).phrase}", [("content-length", "0")])
        return [b""]

    def _is_true(self, headers: dict[str, str], body: bytes) -> bool:
        moment = datetime.fromtimestamp(int(headers["timestamp"]), self.clock.now().tzinfo)
        right = Webhook(WEBHOOK_SECRET).sign(headers["id"], moment, body.decode())
        return right == headers["signature"] and abs(self.clock.now() - moment) <= TOLERANCE

    def taken(self) -> list[dict[str, Any]]:
        """The messages whose proof held."""
        return [json.loads(body) for status, *_, body in self.heard if status == 200]


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def pay_and_step(bank: Counter, amount_vnd: int = 50_000) -> dict[str, object]:
    """Pay the stall, let the courier step once; return the credit as the books have it."""
    bank.pay(STALL_ACCOUNT, amount_vnd)
    bank.step()
    return bank.credits()[-1]


def wait(bank: Counter, **time: float) -> int:
    bank.clock.advance(timedelta(**time))
    return bank.step()
