"""What only the door for WSGI does; what both do is in `test_doors.py`."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask

from tests.support.doors import WsgiDoor
from tests.support.money import coded_stalls, credit, notification


def test_many_messages_at_once_are_each_answered_with_their_own_counts(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    answers: list[Any] = []

    def one_message() -> None:
        answers.append(WsgiDoor(app).send(notification(credit(stall), credit())).json())

    threads = [threading.Thread(target=one_message) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [{"recorded": 2, "duplicates": 0, "unmatched": 1}] * 12


def test_everything_else_is_the_applications(app: Flask) -> None:
    door = WsgiDoor(app)
    assert door.ask("GET", "/healthz", b"", {}).json() == {"status": "ok"}
    assert door.ask("GET", "/sign-in", b"", {}).status_code == 200
