"""What SePay, payOS and Casso send, signed here by a few lines of our own, beside the adapters' code."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import clock
from core.settings import Settings, load_settings

SAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "payments" / "gateways" / "samples.json").read_text(encoding="utf-8")
)
SEPAY_API_KEY = "mau-khong-bi-mat-api-key"
SEPAY_SIGNING_SECRET = "mau-khong-bi-mat-signing-secret"
PAYOS_CHECKSUM_KEY = "mau-khong-bi-mat-payos-checksum"
CASSO_CHECKSUM_KEY = "mau-khong-bi-mat-casso-checksum"
ENVIRONMENT = {
    "CHO40_GATEWAYS": "sepay, payos, casso, simbank",
    "CHO40_SEPAY_API_KEY": SEPAY_API_KEY,
    "CHO40_SEPAY_SIGNING_SECRET": SEPAY_SIGNING_SECRET,
    "CHO40_PAYOS_CHECKSUM_KEY": PAYOS_CHECKSUM_KEY,
    "CHO40_CASSO_CHECKSUM_KEY": CASSO_CHECKSUM_KEY,
}

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way: its bytes and the headers that count."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def provider_settings(**changes: str) -> Settings:
    """Settings that name all providers."""
    return load_settings(ENVIRONMENT | changes)


def compact(message: object) -> bytes:
    """JSON as most senders write it."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def sepay_message(**changes: Any) -> dict[str, Any]:
    """The published payload under a new id."""
    return SAMPLES["sepay"]["body"] | {"id": next(_numbers)} | changes


def sepay(message: object, *, secret: str = SEPAY_SIGNING_SECRET, at: float | None = None) -> Sent:
    """Signed as SePay signs."""
    body = message if isinstance(message, bytes) else compact(message)
    timestamp = str(int(clock.now().timestamp() if at is None else at))
    made = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Sent(body, {"X-SePay-Timestamp": timestamp, "X-SePay-Signature": f"sha256={made}"})


def sepay_by_key(message: object, key: str = SEPAY_API_KEY) -> Sent:
    """With the API key alone."""
    return Sent(message if isinstance(message, bytes) else compact(message), {"Authorization": f"Apikey {key}"})


def payos_data(**changes: Any) -> dict[str, Any]:
    """The published data as another payment link's."""
    n = next(_numbers)
    own = {"paymentLinkId": f"{n:032x}", "reference": f"FT26327{n:08d}", "orderCode": n}
    return SAMPLES["payos"]["body"]["data"] | own | changes


def payos(data: dict[str, Any], *, key: str = PAYOS_CHECKSUM_KEY) -> Sent:
    """Signed as payOS signs data whose values are texts, numbers and null."""
    pairs = "&".join(f"{name}={'' if value is None else value}" for name, value in sorted(data.items()))
    signature = hmac.new(key.encode(), pairs.encode(), hashlib.sha256).hexdigest()
    return Sent(compact({"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}))


def casso_message(**changes: Any) -> dict[str, Any]:
    """The published movement under a new id."""
    data = SAMPLES["casso"]["body"]["data"] | {"id": next(_numbers)} | changes
    return {"error": 0, "data": data}


CASSO_WRITES: dict[str, Callable[[object], str]] = {
    "javascript": lambda m: json.dumps(m, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    "python": lambda m: json.dumps(m, sort_keys=True, separators=(",", ":")),
    "php": lambda m: json.dumps(m, sort_keys=True, separators=(",", ":")).replace("/", r"\/"),
    "go": lambda m: (
        json.dumps(m, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        .replace("<", r"\u003c")
        .replace(">", r"\u003e")
        .replace("&", r"\u0026")
    ),
}


def casso(message: object, *, key: str = CASSO_CHECKSUM_KEY, way: str = "javascript", at_ms: int = 1) -> Sent:
    """Signed as the sample in the language `way` would have it."""
    made = hmac.new(key.encode(), f"{at_ms}.{CASSO_WRITES[way](message)}".encode(), hashlib.sha512).hexdigest()
    return Sent(compact(message), {"X-Casso-Signature": f"t={at_ms},v1={made}"})
