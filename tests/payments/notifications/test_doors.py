"""What becomes of a message is the same, whichever door it comes through."""

from __future__ import annotations

import base64
from datetime import timedelta
from unittest import mock

import orjson
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from core import clock
from core.database import database
from core.settings import Settings
from core.web.logs import configure
from payments.container import recorder
from payments.live.container import LiveContainer
from payments.notifications.judging import ADDRESS, BODY_MAX_BYTES
from payments.recording import recorder as recording
from payments.recording.models import Credit, GatewayMessage, Payment, UnreadableMessage
from payments.verification.services import verify
from tests.support.doors import BASE, URL, Door
from tests.support.money import coded_stalls, credit, notification, signed

ANOTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of enough length!").decode()
UNREADABLE = notification(credit(), type="refunds.made")


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_signed_message_is_recorded_and_counted(door: Door) -> None:
    (stall,) = coded_stalls(1)
    answer = door.send(notification(credit(stall), credit(stall), credit()))
    assert (answer.status_code, answer.json()) == (200, {"recorded": 3, "duplicates": 0, "unmatched": 1})
    assert answer.headers["Content-Type"] == "application/json"
    assert count(Payment) == 2
    assert verify(database()).sound


def test_a_repeated_message_is_answered_and_counts_nothing_twice(door: Door) -> None:
    (stall,) = coded_stalls(1)
    body = notification(credit(stall))
    door.send(body)
    assert door.send(body).json() == {"recorded": 0, "duplicates": 1, "unmatched": 0}
    assert count(GatewayMessage) == 1


def test_a_message_repeated_on_another_day_is_kept_again_and_counts_nothing_twice(door: Door) -> None:
    (stall,) = coded_stalls(1)
    body = notification(credit(stall))
    door.send(body)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert door.send(body).json() == {"recorded": 0, "duplicates": 1, "unmatched": 0}
    assert (count(GatewayMessage), count(Payment)) == (2, 1)
    assert verify(database()).sound


def test_the_message_is_kept_as_it_came(door: Door) -> None:
    body = notification(credit())
    door.send(body)
    with database().reading() as session:
        assert session.scalars(select(GatewayMessage.body)).one() == body
        assert session.scalars(select(Credit.message_id)).one() is not None


def test_a_message_that_comes_in_pieces_is_taken_as_well(door: Door) -> None:
    (stall,) = coded_stalls(1)
    body = notification(credit(stall))
    answer = door.ask("POST", URL, [body[:9], body[9:]], signed(body))
    assert (answer.status_code, answer.json()["recorded"]) == (200, 1)
    assert door.ask("POST", URL, [UNREADABLE], signed(UNREADABLE)).status_code == 400
    assert (count(Payment), count(UnreadableMessage)) == (1, 1)


def test_pieces_that_come_to_too_much_are_refused(door: Door) -> None:
    answer = door.ask("POST", URL, [b"x" * BODY_MAX_BYTES, b"x"], {})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("written", [f"{URL}%3Fa", f"{URL}%23a"])
def test_what_is_decoded_in_a_path_is_not_read_again(door: Door, written: str) -> None:
    answer = door.ask("GET", written, b"", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_address_with_two_slashes_is_nobodys(door: Door) -> None:
    answer = door.send(notification(credit()), path=f"{BASE}/{URL}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_thousand_credits_are_one_message(door: Door) -> None:
    stalls = coded_stalls(3)
    body = notification(*(credit(stalls[n % 3]) for n in range(1_000)))
    assert door.send(body).json() == {"recorded": 1_000, "duplicates": 0, "unmatched": 0}
    assert verify(database()).sound


def test_a_thousand_and_one_are_too_many(door: Door) -> None:
    answer = door.send(notification(*(credit() for _ in range(1_001))))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert count(Credit) == 0


def test_a_mebibyte_fits_and_a_byte_more_does_not(door: Door) -> None:
    body = notification(credit())
    fits = body + b" " * (BODY_MAX_BYTES - len(body))
    assert door.send(fits).status_code == 200
    answer = door.send(fits + b" ")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_forged_message_is_refused_and_leaves_no_trace(door: Door) -> None:
    body = notification(credit())
    answer = door.send(body, signed(body, secret=ANOTHER_SECRET))
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_proof")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Signature"
    assert (count(Credit), count(GatewayMessage)) == (0, 0)
    # The forged one left no trace that could block the true one.
    assert door.send(body).json() == {"recorded": 1, "duplicates": 0, "unmatched": 1}


def test_what_nobody_proved_is_not_kept_whatever_it_says(door: Door) -> None:
    assert door.send(UNREADABLE, signed(UNREADABLE, secret=ANOTHER_SECRET)).status_code == 401
    assert count(UnreadableMessage) == 0


@pytest.mark.parametrize("body", [b"", b"not json", UNREADABLE])
def test_a_genuine_message_that_cannot_be_read_is_refused_whole(door: Door, body: bytes) -> None:
    answer = door.send(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_notification")
    assert (count(Credit), count(GatewayMessage), count(UnreadableMessage)) == (0, 0, 1)


def test_one_bad_credit_refuses_the_whole_message(door: Door) -> None:
    message = orjson.loads(notification(credit(), credit()))
    message["data"]["credits"][1]["amount_vnd"] = 0
    assert door.send(orjson.dumps(message)).status_code == 400
    assert count(Credit) == 0


def test_what_cannot_be_read_is_kept_once_for_a_person(door: Door) -> None:
    for _ in range(2):
        door.send(UNREADABLE)
    with database().reading() as session:
        kept = session.scalars(select(UnreadableMessage)).one()
    assert (kept.gateway, kept.body) == ("simbank", UNREADABLE)
    assert "type" in kept.reason


def test_an_unreadable_message_that_cannot_be_kept_is_to_be_sent_again(door: Door) -> None:
    away = mock.Mock(side_effect=OperationalError("INSERT", {}, Exception("away")))
    with mock.patch.object(database(), "writing", away):
        answer = door.send(UNREADABLE)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert count(UnreadableMessage) == 0


@pytest.mark.parametrize("name", ["nobody", "SIMBANK", "x" * 40])
def test_an_unknown_gateway_is_not_there(door: Door, name: str) -> None:
    answer = door.send(notification(credit()), path=f"/gateways/{name}/notifications")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_gateway")


@pytest.mark.parametrize("path", ["/gateways/simbank/notifications/", "/gateways//notifications", "/gateways/simbank"])
def test_an_address_that_is_nearly_one_is_not_there(door: Door, path: str) -> None:
    answer = door.send(notification(credit()), path=path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert count(Credit) == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_posting_is_taken(door: Door, method: str) -> None:
    body = notification(credit())
    answer = door.ask(method, URL, body, signed(body))
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.content == b"" if method == "HEAD" else answer.json()["code"] == "method_not_allowed"
    assert count(Credit) == 0


@pytest.mark.parametrize("failure", [OperationalError("", None, Exception()), RuntimeError()])
def test_what_is_not_durable_is_to_be_sent_again(
    door: Door, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    body = notification(credit())
    with monkeypatch.context() as patched:
        patched.setattr(recording, "commit", mock.Mock(side_effect=failure))
        answer = door.send(body)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_durable")
    assert int(answer.headers["Retry-After"]) > 0
    assert door.send(body).json()["recorded"] == 1


def test_the_bank_is_asked_to_come_back_while_the_database_is_away(door: Door) -> None:
    away = mock.Mock(side_effect=OperationalError("INSERT", {}, Exception("away")))
    with mock.patch.object(recorder()._database, "writing", away):
        answer = door.send(notification(credit()))
    assert (answer.status_code, answer.json()["code"]) == (503, "not_durable")
    assert door.send(notification(credit())).status_code == 200


def test_what_breaks_here_is_said_to_be_our_fault(door: Door, app: Flask) -> None:
    gateway = mock.Mock(**{"read_notification.side_effect": RuntimeError("a fault of ours")})
    with mock.patch.dict(LiveContainer.of(app).gateways, {"broken": gateway}):
        answer = door.send(notification(credit()), path="/gateways/broken/notifications")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "a fault of ours" not in answer.text


def test_an_answer_names_its_request_and_is_not_to_be_kept(door: Door) -> None:
    body = notification(credit())
    for headers in (signed(body), signed(body, secret=ANOTHER_SECRET)):
        answer = door.send(body, headers | {"X-Request-ID": "given-by-the-bank"})
        assert (answer.headers["X-Request-ID"], answer.headers["Cache-Control"]) == ("given-by-the-bank", "no-store")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert len(door.send(body, headers | {"X-Request-ID": "<>"}).headers["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("language", "title"),
    [("vi", "Chữ ký của tin này không đúng"), ("en", "The proof of this message does not hold")],
)
def test_a_refusal_is_in_the_senders_language(door: Door, language: str, title: str) -> None:
    answer = door.send(b"", {"Accept-Language": language})
    assert (answer.json()["title"], answer.headers["Content-Language"]) == (title, language)


def test_a_refusal_is_logged_with_its_address_and_request(
    door: Door, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO", quote_errors=True)
    try:
        answer = door.send(b"", {"X-Request-ID": "given-by-the-bank"})
    finally:
        configure(settings.log_level, quote_errors=True)
    assert answer.json()["request_id"] == "given-by-the-bank"
    logged = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    facts = [(one["route"], one["status"], one["request_id"]) for one in logged if one["event"] == "request"]
    assert facts == [(ADDRESS, 401, "given-by-the-bank")]
