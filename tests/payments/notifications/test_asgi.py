"""What only the door for ASGI does; what both do is in `test_doors.py`."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import orjson
import pytest
from flask import Flask
from sqlalchemy import func, select

from core.database import database
from payments.notifications import asgi as module
from payments.notifications.asgi import NotificationsAsgi
from payments.recording import recorder as recording
from payments.recording.models import Credit, Payment
from payments.verification.services import verify
from tests.support.doors import BASE, URL, AsgiDoor
from tests.support.money import coded_stalls, credit, notification, signed

TOGETHER = 40


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_many_at_once_are_each_recorded_once(app: Flask) -> None:
    stalls = coded_stalls(3)
    bodies = [notification(credit(stalls[turn % 3])) for turn in range(TOGETHER)]

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=NotificationsAsgi(app))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            twice = [*bodies, *bodies]
            return await asyncio.gather(*(client.post(URL, content=body, headers=signed(body)) for body in twice))

    answers = asyncio.run(all_at_once())
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["recorded"] for answer in answers) == TOGETHER
    assert sum(answer.json()["duplicates"] for answer in answers) == TOGETHER
    assert count(Payment) == TOGETHER
    assert verify(database()).sound


def test_who_waited_too_long_is_asked_to_come_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    body = notification(credit())
    commit = recording.commit
    with monkeypatch.context() as patched:
        patched.setattr(module, "ANSWER_WITHIN_S", 0.01)

        def late(*given: Any) -> Any:
            time.sleep(0.1)
            return commit(*given)

        patched.setattr(recording, "commit", late)
        assert AsgiDoor(app).send(body).status_code == 503
    # It became durable nevertheless, or does now; either way once.
    assert AsgiDoor(app).send(body).status_code == 200
    assert count(Credit) == 1


def test_health_is_told_and_nothing_else_is_here(app: Flask) -> None:
    door = AsgiDoor(app)
    assert door.ask("GET", "/healthz", b"", {}).json() == {"status": "ok"}
    assert door.ask("GET", "/readyz", b"", {}).json()["status"] == "ok"
    for path in ("/", "/sign-in", "/static/app.css", "/api/v1/stalls", "/vendor/"):
        answer = door.ask("GET", path, b"", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["//[", "//[x]y/gateways/simbank/notifications"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_is_not_read_as_an_address(app: Flask, method: str, path: str) -> None:
    sent = asyncio.run(ask_as_a_server(app, method, path))
    assert sent[0]["status"] == 404
    assert orjson.loads(sent[1]["body"])["code"] == "not_found"


async def ask_as_a_server(app: Flask, method: str, path: str) -> list[Any]:
    """What is sent for a path that a client of HTTP would not write; `path` is decoded, as a server hands it over."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(event: Any) -> None:
        sent.append(event)

    scope = {"type": "http", "path": path, "query_string": b"", "method": method, "headers": [], "client": None}
    await NotificationsAsgi(app)(scope, receive, keep)
    return sent


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
