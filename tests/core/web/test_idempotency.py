"""Idempotency-Key: the same answer to the same request, and the work done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.database import database
from core.errors import TooManyRequests, Unavailable
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.users import services
from core.web.models import IdempotencyKey
from core.web.services.idempotency import sweep_answers
from tests.core.conftest import Probe, Wrinkle
from tests.core.web.test_problems import assert_problem

Post = Callable[..., Any]


@pytest.fixture
def post(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> Post:
    def do(name: str = "x", key: str = "k-1", path: str = "/api/v1/probe", headers: dict[str, str] = bearer) -> Any:
        return client.post(path, json={"name": name}, headers=headers | {"Idempotency-Key": key})

    return do


def kept() -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0


def test_the_same_request_gets_the_same_answer_and_does_the_work_once(post: Post, probe: Probe) -> None:
    first, second = post(), post()
    assert (first.status_code, first.data) == (second.status_code, second.data) == (201, first.data)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert probe.calls == 1


def test_another_body_with_the_same_key_is_refused(post: Post, probe: Probe) -> None:
    post()
    assert_problem(post(name="y"), 422, "idempotency_key_reused")
    assert probe.calls == 1


def test_another_query_with_the_same_key_is_refused(post: Post) -> None:
    post()
    assert_problem(post(path="/api/v1/probe?a=1"), 422, "idempotency_key_reused")


def test_a_refusal_is_an_answer_too(post: Post, probe: Probe) -> None:
    probe.failure = Wrinkle()
    assert_problem(post(), 409, "wrinkle")
    probe.failure = None
    again = post()
    assert again.status_code == 409
    assert again.content_type == "application/problem+json"
    assert probe.calls == 1


@pytest.mark.parametrize("failure", [Unavailable(), RuntimeError(), TooManyRequests(1)])
def test_what_may_succeed_later_releases_the_key(post: Post, probe: Probe, failure: Exception) -> None:
    probe.failure = failure
    assert post().status_code in {429, 500, 503}
    probe.failure = None
    assert post().status_code == 201
    assert probe.calls == 2


def test_two_users_may_use_the_same_key(post: Post, probe: Probe) -> None:
    token = services.issue_token(SYSTEM, "Khác", Grant(Role.OPERATOR, Scope.EVERYWHERE))
    post()
    assert post(headers={"Authorization": f"Bearer {token}"}, name="y").status_code == 201
    assert probe.calls == 2


def test_nobodys_keys_are_not_kept(post: Post) -> None:
    assert post(headers={}).status_code == 401
    assert kept() == 0


@pytest.mark.parametrize("key", ["", "k" * 256, "k\xad"])
def test_a_key_of_no_use_is_refused(post: Post, probe: Probe, key: str) -> None:
    assert_problem(post(key=key), 422, "invalid_input")
    assert probe.calls == 0


def test_a_key_of_255_characters_is_taken(post: Post) -> None:
    assert post(key="k" * 255).status_code == 201


def test_while_the_first_is_running_the_second_waits_for_its_turn(
    app: Flask, post: Post, probe: Probe, bearer: dict[str, str]
) -> None:
    answers = []
    other = app.test_client()
    headers = bearer | {"Idempotency-Key": "slow"}
    first = threading.Thread(target=lambda: answers.append(other.post("/api/v1/probe/slow", headers=headers)))
    first.start()
    assert probe.entered.wait(10)
    second = app.test_client().post("/api/v1/probe/slow", headers=headers)
    probe.go_on.set()
    first.join()
    assert_problem(second, 409, "idempotency_key_running")
    assert "Retry-After" in second.headers
    assert answers[0].status_code == 200
    third = app.test_client().post("/api/v1/probe/slow", headers=headers)
    assert third.data == answers[0].data
    assert probe.calls == 1


def test_a_claim_whose_holder_died_runs_out(post: Post, probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """Nothing of ours catches it, as nothing catches a power cut."""

    probe.failure = Killed()
    with time_machine.travel(0, tick=False) as clock:
        with pytest.raises(Killed):
            post()
        probe.failure = None
        assert_problem(post(), 409, "idempotency_key_running")
        clock.shift(91)
        assert post().status_code == 201


def test_answers_are_swept_after_three_days(post: Post) -> None:
    with time_machine.travel(0, tick=False) as clock:
        post(key="old")
        clock.shift(3 * 86_400 + 1)
        post(key="new")
        assert (kept(), sweep_answers(), kept()) == (2, 1, 1)
