"""The prepared requests are what a bank sends: proved by the library that banks use, and read by our own adapter."""

from __future__ import annotations

import orjson
import pytest
from standardwebhooks import Webhook

from benchmarks.rig import messages
from benchmarks.rig.ground import PaidStall
from core.settings import DEMO_WEBHOOK_SECRET, load_settings
from payments.gateways.simbank import Simbank

STALLS = [PaidStall(n, 1, f"4009{n:08d}", f"SB40{n:08d}") for n in range(1, 8)]


def parted(request: bytes) -> tuple[dict[str, str], bytes]:
    """The headers by name in small letters, and the body."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, value in lines}, body


def test_a_request_is_proved_and_read() -> None:
    (request,) = messages.prepare(STALLS, 1, 3, "run").requests
    headers, body = parted(request)
    Webhook(DEMO_WEBHOOK_SECRET).verify(body, headers)
    settings = load_settings({"CHO40_ENV": "development", "CHO40_DATABASE_URL": "sqlite:///none.db"})
    assert len(Simbank(settings).read_notification(headers, body).credits) == 3
    assert int(headers["content-length"]) == len(body)


def test_every_stall_has_its_turn_and_no_credit_comes_twice() -> None:
    batch = messages.prepare(STALLS, len(STALLS), 2, "run")
    credits_ = [credit for request in batch.requests for credit in orjson.loads(parted(request)[1])["data"]["credits"]]
    assert len({credit["id"] for credit in credits_}) == 2 * len(STALLS)
    times = [sum(credit["virtual_account"] == stall.virtual_account for credit in credits_) for stall in STALLS]
    assert times == [2] * len(STALLS)


@pytest.mark.parametrize("size", [1, 3])
def test_the_answer_that_must_come_says_that_all_is_new(size: int) -> None:
    assert messages.prepare(STALLS, 1, size, "run").answer == {"recorded": size, "duplicates": 0, "unmatched": 0}
