"""Messages of the simulated bank as bytes of HTTP, signed beforehand, so that senders only send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from benchmarks.rig.ground import PaidStall
from core.settings import DEMO_WEBHOOK_SECRET
from payments.gateways import simbank

PATH = f"/gateways/{simbank.NAME}/notifications"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests that all carry the same number of new credits, and the answer that each must get."""

    requests: list[bytes]
    credits_each: int

    @property
    def answer(self) -> dict[str, int]:
        """What says that every credit is new and has its stall."""
        return {"recorded": self.credits_each, "duplicates": 0, "unmatched": 0}


def prepare(stalls: Sequence[PaidStall], requests: int, credits_each: int, name: str) -> Batch:
    """So many requests to the stalls in turn, valid for the next five minutes; `name` keeps ids apart between runs.

    The turns leap, so that neighbours in time are not neighbours in the tables.
    """
    leap = _leap(len(stalls))
    targets = (stalls[turn * leap % len(stalls)] for turn in itertools.count())
    numbered = ((f"{name}-{number:09d}", target) for number, target in enumerate(targets))
    return Batch([_request(numbered, credits_each) for _ in range(requests)], credits_each)


def _leap(count: int) -> int:
    """A step without a common factor, near the golden section."""
    return next(leap for leap in itertools.count(max(1, int(count * 0.618))) if math.gcd(leap, count) == 1)


def _request(numbered: Iterator[tuple[str, PaidStall]], credits_each: int) -> bytes:
    named = list(itertools.islice(numbered, credits_each))
    return signed_request(f"msg_{named[0][0]}", body_of(named))


def body_of(named: Sequence[tuple[str, PaidStall]]) -> bytes:
    """The body of a message with a new credit of this name for each of the stalls, paid now."""
    moment = datetime.now(UTC).isoformat()
    records = [_credit(name, stall, moment) for name, stall in named]
    return orjson.dumps({"type": simbank.CREDITS_EVENT, "timestamp": moment, "data": {"credits": records}})


def _credit(name: str, stall: PaidStall, moment: str) -> dict[str, Any]:
    return {
        "id": name,
        "bank_ref": f"FT{name[-12:]}",
        "account_number": stall.account_number,
        "virtual_account": stall.virtual_account,
        "amount_vnd": 10_000 + 500 * (stall.id % 200),
        "currency": "VND",
        "content": "KHACH MAU chuyen tien mua rau",
        "payer_bank_bin": "970436",
        "payer_name": "KHACH MAU",
        "payer_ref": f"PR{name[-12:]}",
        "paid_at": moment,
    }


def signed_request(message_id: str, body: bytes, secret: str = DEMO_WEBHOOK_SECRET) -> bytes:
    """A whole request of HTTP/1.1 with the headers of Standard Webhooks, stamped now."""
    proof = "".join(f"{name}: {value}\r\n" for name, value in proof_of(message_id, body, secret).items())
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"{proof}\r\n"
    )
    return head.encode() + body


def proof_of(message_id: str, body: bytes, secret: str = DEMO_WEBHOOK_SECRET) -> dict[str, str]:
    """The headers of Standard Webhooks that prove a body, stamped now."""
    key, stamp = base64.b64decode(secret.removeprefix("whsec_")), int(time.time())
    proof = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{base64.b64encode(proof).decode()}",
    }
