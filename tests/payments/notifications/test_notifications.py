from __future__ import annotations

import base64
import io
import threading
from datetime import timedelta
from typing import Any
from unittest import mock

import orjson
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder, TestResponse

from core import clock
from core.database import database
from payments.recording.models import Credit, GatewayMessage, Payment, UnreadableMessage
from payments.recording.recorder import recorder
from payments.verification.services import verify
from tests.support.money import coded_stalls, credit, notification, signed

URL = "/gateways/simbank/notifications"


def send(client: FlaskClient, body: bytes, headers: dict[str, str] | None = None) -> TestResponse:
    return client.post(URL, data=body, headers=signed(body) if headers is None else headers)


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_signed_message_is_recorded_and_counted(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    answer = send(client, notification(credit(stall), credit(stall), credit()))
    assert (answer.status_code, answer.json) == (200, {"recorded": 3, "duplicates": 0, "unmatched": 1})
    assert count(Payment) == 2
    assert verify(database()).sound


def test_a_repeated_message_is_answered_and_counts_nothing_twice(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    body = notification(credit(stall))
    send(client, body)
    assert send(client, body).json == {"recorded": 0, "duplicates": 1, "unmatched": 0}
    assert count(GatewayMessage) == 1


def test_a_message_repeated_on_another_day_is_kept_again_and_counts_nothing_twice(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    body = notification(credit(stall))
    send(client, body)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert send(client, body).json == {"recorded": 0, "duplicates": 1, "unmatched": 0}
    assert (count(GatewayMessage), count(Payment)) == (2, 1)
    assert verify(database()).sound


def test_the_message_is_kept_as_it_came(client: FlaskClient) -> None:
    body = notification(credit())
    send(client, body)
    with database().reading() as session:
        assert session.scalars(select(GatewayMessage.body)).one() == body
        assert session.scalars(select(Credit.message_id)).one() is not None


def test_fields_that_a_bank_adds_do_not_cost_a_payment(client: FlaskClient) -> None:
    assert send(client, notification(credit(), extra="new")).status_code == 200


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
def test_a_message_without_a_proof_that_holds_is_refused_and_not_kept(client: FlaskClient, spoil: Any) -> None:
    body = notification(credit())
    headers = signed(body)
    answer = send(client, body, spoil(headers))
    assert (answer.status_code, answer.json["code"]) == (401, "bad_proof")
    assert answer.content_type == "application/problem+json"
    assert (count(Credit), count(GatewayMessage)) == (0, 0)
    # The forged one left no trace that could block the true one.
    assert send(client, body, headers).json == {"recorded": 1, "duplicates": 0, "unmatched": 1}


def test_another_banks_secret_proves_nothing(client: FlaskClient) -> None:
    body = notification(credit())
    other = "whsec_" + base64.b64encode(b"another secret of enough length!").decode()
    assert send(client, body, signed(body, secret=other)).status_code == 401


@pytest.mark.parametrize("away", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_a_proof_from_another_time_is_refused(client: FlaskClient, away: timedelta) -> None:
    body = notification(credit())
    assert send(client, body, signed(body, at=clock.now() + away)).status_code == 401


def test_a_proof_within_five_minutes_holds(client: FlaskClient) -> None:
    body = notification(credit())
    with time_machine.travel(clock.now() + timedelta(minutes=4), tick=True):
        assert send(client, body, signed(body, at=clock.now() - timedelta(minutes=4))).status_code == 200


def _changed(**changes: Any) -> bytes:
    message = orjson.loads(notification(credit()))
    message["data"]["credits"][0] |= changes
    return orjson.dumps(message)


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
        _changed(id=""),
        _changed(id=7),
        _changed(id="x" * 65),
        _changed(amount_vnd=0),
        _changed(amount_vnd=-5),
        _changed(amount_vnd=500_000_000),
        _changed(amount_vnd=10.5),
        _changed(amount_vnd="50000"),
        _changed(amount_vnd=True),
        _changed(amount_vnd=None),
        _changed(currency="USD"),
        _changed(paid_at="2026-11-23T08:00:00"),
        _changed(paid_at="today"),
        _changed(paid_at="0001-01-01T00:00:00+07:00"),
        _changed(paid_at=None),
        _changed(content="x" * 1_001),
        _changed(payer_bank_bin="ABC"),
        _changed(account_number=None),
    ],
)
def test_a_genuine_message_that_cannot_be_read_is_refused_whole(client: FlaskClient, body: bytes) -> None:
    answer = send(client, body)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_notification")
    assert (count(Credit), count(GatewayMessage)) == (0, 0)


def test_what_cannot_be_read_is_kept_once_for_a_person(client: FlaskClient) -> None:
    body = _changed(amount_vnd=500_000_000)
    for _ in range(2):
        send(client, body)
    with database().reading() as session:
        kept = session.scalars(select(UnreadableMessage)).one()
    assert (kept.gateway, kept.body) == ("simbank", body)
    assert "amount_vnd" in kept.reason


def test_what_nobody_proved_is_not_kept_whatever_it_says(client: FlaskClient) -> None:
    body = _changed(amount_vnd=500_000_000)
    assert send(client, body, signed(body, secret="whsec_" + base64.b64encode(b"x" * 24).decode())).status_code == 401
    assert count(UnreadableMessage) == 0


def test_a_message_whose_length_is_not_told_beforehand_is_taken_as_well(client: FlaskClient) -> None:
    (stall,) = coded_stalls(1)
    for body, status in ((notification(credit(stall)), 200), (_changed(amount_vnd=0), 400)):
        builder = EnvironBuilder(method="POST", path=URL, headers=signed(body))
        environ = builder.get_environ() | {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
        environ.pop("CONTENT_LENGTH", None)
        assert client.open(environ).status_code == status
    assert (count(Payment), count(UnreadableMessage)) == (1, 1)


def test_an_answer_names_its_request_and_is_not_to_be_kept(client: FlaskClient) -> None:
    body = notification(credit())
    answer = send(client, body, signed(body) | {"X-Request-ID": "given-by-the-bank"})
    assert (answer.headers["X-Request-ID"], answer.headers["Cache-Control"]) == ("given-by-the-bank", "no-store")
    assert len(send(client, body, signed(body) | {"X-Request-ID": "<>"}).headers["X-Request-ID"]) == 32


def test_one_bad_credit_refuses_the_whole_message(client: FlaskClient) -> None:
    message = orjson.loads(notification(credit(), credit()))
    message["data"]["credits"][1]["amount_vnd"] = 0
    assert send(client, orjson.dumps(message)).status_code == 400
    assert count(Credit) == 0


def test_characters_that_no_database_keeps_do_not_cost_a_payment(client: FlaskClient) -> None:
    assert send(client, _changed(content="rau\0cải")).status_code == 200


def test_whole_amounts_written_with_a_point_are_whole(client: FlaskClient) -> None:
    assert send(client, _changed(amount_vnd=50000.0)).status_code == 200


def test_a_thousand_credits_are_one_message(client: FlaskClient) -> None:
    stalls = coded_stalls(3)
    body = notification(*(credit(stalls[n % 3]) for n in range(1_000)))
    assert send(client, body).json == {"recorded": 1_000, "duplicates": 0, "unmatched": 0}
    assert verify(database()).sound


def test_a_thousand_and_one_are_too_many(client: FlaskClient) -> None:
    body = notification(*(credit() for _ in range(1_001)))
    assert send(client, body).status_code == 413


def test_a_mebibyte_fits_and_a_byte_more_does_not(client: FlaskClient) -> None:
    body = notification(credit())
    fits = body + b" " * (1_048_576 - len(body))
    assert send(client, fits).status_code == 200
    answer = send(client, fits + b" ")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_an_unknown_gateway_is_not_there(client: FlaskClient) -> None:
    body = notification(credit())
    answer = client.post("/gateways/nobank/notifications", data=body, headers=signed(body))
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_gateway")


def test_only_posting_is_taken(client: FlaskClient) -> None:
    answer = client.get(URL)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_bank_is_asked_to_come_back_while_the_database_is_away(app: Flask, client: FlaskClient) -> None:
    away = mock.Mock(side_effect=OperationalError("INSERT", {}, Exception("away")))
    with mock.patch.object(recorder()._database, "writing", away):
        answer = send(client, notification(credit()))
    assert (answer.status_code, answer.json["code"]) == (503, "not_durable")
    assert int(answer.headers["Retry-After"]) > 0
    assert send(client, notification(credit())).status_code == 200


def test_many_messages_at_once_are_each_answered_with_their_own_counts(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    answers: list[Any] = []

    def one_message() -> None:
        body = notification(credit(stall), credit())
        answers.append(app.test_client().post(URL, data=body, headers=signed(body)).json)

    threads = [threading.Thread(target=one_message) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [{"recorded": 2, "duplicates": 0, "unmatched": 1}] * 12
