from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from core.database import database
from payments.notifications import asgi as module
from payments.notifications.asgi import NotificationsAsgi
from payments.recording import recorder as recording
from payments.recording.models import Credit, GatewayMessage, Payment, UnreadableMessage
from payments.verification.services import verify
from tests.support.money import coded_stalls, credit, notification, signed

URL = "/gateways/simbank/notifications"
TOGETHER = 40


def ask(app: Flask, talk: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """What a talk with the intake comes to; one loop for each."""

    async def talking() -> Any:
        transport = httpx.ASGITransport(app=NotificationsAsgi(app))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://banks.example") as client:
            return await talk(client)

    return asyncio.run(talking())


def send(app: Flask, body: bytes, headers: dict[str, str] | None = None, url: str = URL) -> httpx.Response:
    given = signed(body) if headers is None else headers
    answer: httpx.Response = ask(app, lambda client: client.post(url, content=body, headers=given))
    return answer


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_signed_message_is_recorded_and_counted(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    body = notification(credit(stall), credit(stall), credit())
    answer = send(app, body, signed(body) | {"X-Request-ID": "of-the-bank-1"})
    assert (answer.status_code, answer.json()) == (200, {"recorded": 3, "duplicates": 0, "unmatched": 1})
    assert answer.headers["x-request-id"] == "of-the-bank-1"
    assert answer.headers["cache-control"] == "no-store"
    assert send(app, body).json() == {"recorded": 0, "duplicates": 3, "unmatched": 0}
    assert (count(Payment), count(GatewayMessage)) == (2, 1)
    assert verify(database()).sound


def test_many_at_once_are_each_recorded_once(app: Flask) -> None:
    stalls = coded_stalls(3)
    bodies = [notification(credit(stalls[turn % 3])) for turn in range(TOGETHER)]

    async def all_at_once(client: httpx.AsyncClient) -> list[httpx.Response]:
        twice = [*bodies, *bodies]
        return await asyncio.gather(*(client.post(URL, content=body, headers=signed(body)) for body in twice))

    answers = ask(app, all_at_once)
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["recorded"] for answer in answers) == TOGETHER
    assert sum(answer.json()["duplicates"] for answer in answers) == TOGETHER
    assert count(Payment) == TOGETHER
    assert verify(database()).sound


def test_a_forged_message_is_refused_and_leaves_no_trace(app: Flask) -> None:
    body = notification(credit())
    answer = send(app, body, signed(body) | {"webhook-signature": "v1,AAAA"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_proof")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (count(Credit), count(GatewayMessage)) == (0, 0)


def test_a_message_that_cannot_be_read_is_kept_for_a_person(app: Flask) -> None:
    body = notification(credit(), type="refunds.made")
    answer = send(app, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_notification")
    assert (count(Credit), count(UnreadableMessage)) == (0, 1)


def test_an_unknown_gateway_and_a_message_too_large_are_told(app: Flask) -> None:
    body = notification(credit())
    assert send(app, body, url="/gateways/nobody/notifications").json()["code"] == "unknown_gateway"
    answer = send(app, b"x" * (module.BODY_MAX_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("failure", [OperationalError("", None, Exception()), RuntimeError()])
def test_what_is_not_durable_is_not_answered_as_if_it_were(
    app: Flask, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    body = notification(credit())
    with monkeypatch.context() as patched:

        def fail(*_args: Any) -> None:
            raise failure

        patched.setattr(recording, "commit", fail)
        answer = send(app, body)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_durable")
        assert "retry-after" in answer.headers
    assert send(app, body).json()["recorded"] == 1


def test_who_waited_too_long_is_asked_to_come_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    body = notification(credit())
    commit = recording.commit
    with monkeypatch.context() as patched:
        patched.setattr(module, "ANSWER_WITHIN_S", 0.01)

        def late(*given: Any) -> Any:
            time.sleep(0.1)
            return commit(*given)

        patched.setattr(recording, "commit", late)
        assert send(app, body).status_code == 503
    # It became durable nevertheless, or does now; either way once.
    assert send(app, body).status_code == 200
    assert count(Credit) == 1


def test_health_is_told_and_nothing_else_is_here(app: Flask) -> None:
    assert ask(app, lambda client: client.get("/healthz")).json() == {"status": "ok"}
    assert ask(app, lambda client: client.get("/readyz")).json()["status"] == "ok"
    for path in ("/", "/sign-in", "/static/app.css", "/api/v1/stalls", "/vendor/"):
        answer = ask(app, lambda client, path=path: client.get(path))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert ask(app, lambda client: client.get(URL)).status_code == 405


def test_who_hangs_up_before_the_end_is_not_answered(app: Flask) -> None:
    events = [
        {"type": "http.request", "body": notification(credit())[:20], "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def keep(event: Any) -> None:
        sent.append(event)

    scope = {"type": "http", "path": URL, "method": "POST", "headers": [], "client": None}
    asyncio.run(NotificationsAsgi(app)(scope, receive, keep))
    assert sent == []
    assert count(Credit) == 0


def test_it_lives_and_ends_as_the_server_says() -> None:
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def keep(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(NotificationsAsgi(Flask("nobody"))({"type": "lifespan"}, receive, keep))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
