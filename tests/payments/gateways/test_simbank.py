"""The proof and the reading of the simulated bank's messages; no database is asked."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine

from core import clock
from core.settings import load_settings
from payments.gateways.errors import BadProof, Malformed, TooLarge
from payments.gateways.port import Notification
from payments.gateways.simbank import Simbank, read_message
from tests.conftest import TEST_ENVIRONMENT
from tests.support.money import credit, notification, signed

BODY = notification(credit())


def read(headers: dict[str, str], body: bytes = BODY) -> Notification:
    return Simbank(load_settings(TEST_ENVIRONMENT)).read_notification(headers, body)


def changed(**changes: Any) -> bytes:
    message = orjson.loads(BODY)
    message["data"]["credits"][0] |= changes
    return orjson.dumps(message)


def test_a_proved_message_is_read() -> None:
    headers = signed(BODY)
    found = read(headers)
    assert found.message_id == headers["webhook-id"]
    assert len(found.credits) == 1


def _without(header: str) -> Any:
    return lambda headers: {name: value for name, value in headers.items() if name != header}


@pytest.mark.parametrize(
    "spoil",
    [
        _without("webhook-id"),
        _without("webhook-timestamp"),
        _without("webhook-signature"),
        lambda headers: headers | {"webhook-signature": "v1,AAAA"},
        lambda headers: headers | {"webhook-signature": "nonsense"},
        lambda headers: headers | {"webhook-signature": "v1,não"},
        lambda headers: headers | {"webhook-id": "msg_of_somebody_else"},
        lambda headers: headers | {"webhook-timestamp": "yesterday"},
        lambda headers: headers | {"webhook-timestamp": "99999999999999999999"},
        lambda headers: headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
    ],
)
def test_a_proof_that_was_changed_does_not_hold(spoil: Any) -> None:
    with pytest.raises(BadProof):
        read(spoil(signed(BODY)))


def test_another_banks_secret_proves_nothing() -> None:
    other = "whsec_" + base64.b64encode(b"another secret of enough length!").decode()
    with pytest.raises(BadProof):
        read(signed(BODY, secret=other))


@pytest.mark.parametrize("away", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_a_proof_from_another_time_is_refused(away: timedelta) -> None:
    with pytest.raises(BadProof):
        read(signed(BODY, at=clock.now() + away))


def test_a_proof_within_five_minutes_holds() -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=4), tick=True):
        assert read(signed(BODY, at=clock.now() - timedelta(minutes=4))).credits


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"{}",
        b'{"type": "credits.received"}',
        b'{"type": "credits.received", "data": {"credits": []}}',
        b'{"type": "credits.received", "data": {"credits": {}}}',
        b'{"type": "credits.received", "data": {"credits": [1]}}',
        notification(credit(), type="refunds.made"),
        changed(id=""),
        changed(id=7),
        changed(id="x" * 65),
        changed(amount_vnd=0),
        changed(amount_vnd=-5),
        changed(amount_vnd=500_000_000),
        changed(amount_vnd=10.5),
        changed(amount_vnd="50000"),
        changed(amount_vnd=True),
        changed(amount_vnd=None),
        changed(currency="USD"),
        changed(paid_at="2026-11-23T08:00:00"),
        changed(paid_at="today"),
        changed(paid_at="0001-01-01T00:00:00+07:00"),
        changed(paid_at=None),
        changed(content="x" * 1_001),
        changed(payer_bank_bin="ABC"),
        changed(account_number=None),
    ],
)
def test_what_is_no_message_cannot_be_read(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_message("msg", body)


def test_a_message_carries_a_thousand_credits_and_not_one_more() -> None:
    assert len(read_message("msg", notification(*[credit()] * 1_000)).credits) == 1_000
    with pytest.raises(TooLarge):
        read_message("msg", notification(*[credit()] * 1_001))


def test_fields_that_a_bank_adds_do_not_cost_a_payment() -> None:
    assert read_message("msg", notification(credit(), extra="new")).credits


def test_characters_that_no_database_keeps_do_not_cost_a_payment() -> None:
    assert read_message("msg", changed(content="rau\0cải")).credits[0].content == "rau\ufffdcải"


def test_whole_amounts_written_with_a_point_are_whole() -> None:
    assert read_message("msg", changed(amount_vnd=50000.0)).credits[0].amount_vnd == 50_000
