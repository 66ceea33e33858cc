"""Checking a password takes long: what happens to the user meanwhile counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.database import database
from core.permissions.principal import SYSTEM
from core.users import passwords, services
from core.users.models import SignIn, User
from tests.core.conftest import OPERATOR, PASSWORD, OpenUser, Probe
from tests.support.hashing import InterruptedHasher

NEW = "xoài chín cây"

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def lan(open_user: OpenUser, probe: Probe) -> User:
    return open_user("lan", OPERATOR)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Has something happen right after the next password was checked."""

    def arrange(happens: Callable[[], object]) -> None:
        monkeypatch.setattr(passwords, "_hasher", InterruptedHasher(passwords._hasher, happens))

    return arrange


def attempt(client: FlaskClient, password: str = PASSWORD) -> int:
    return client.post("/sign-in", data={"username": "lan", "password": password}).status_code


def weaken(lan: User) -> None:
    with database().writing() as session:
        weak = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
        session.get_one(User, lan.id).password_hash = weak


def live_sessions() -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(SignIn).where(SignIn.ended_at.is_(None))) or 0


def test_a_sign_in_with_the_old_password_does_not_outlive_a_reset(
    client: FlaskClient, lan: User, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: services.reset_password(SYSTEM, lan.id))
    answer = client.post("/sign-in", data={"username": "lan", "password": PASSWORD})
    assert answer.status_code == 422
    assert "Tên hoặc mật khẩu chưa đúng" in answer.text
    assert live_sessions() == 0


def test_a_sign_in_does_not_outlive_the_disabling_of_its_user(
    client: FlaskClient, lan: User, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: services.set_disabled(SYSTEM, lan.id, disabled=True))
    assert attempt(client) == 422
    assert live_sessions() == 0


def test_a_change_with_the_old_password_does_not_undo_a_reset(
    client: FlaskClient, lan: User, meanwhile: Meanwhile
) -> None:
    assert attempt(client) == 303
    one_time: list[str] = []
    meanwhile(lambda: one_time.append(services.reset_password(SYSTEM, lan.id)))
    answer = client.post("/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 422
    assert 'id="field-old-error"' in answer.text
    assert attempt(client, NEW) == 422
    assert attempt(client, one_time[0]) == 303


def test_a_hash_made_anew_does_not_bring_the_old_password_back(
    client: FlaskClient, lan: User, meanwhile: Meanwhile
) -> None:
    weaken(lan)
    one_time: list[str] = []
    meanwhile(lambda: one_time.append(services.reset_password(SYSTEM, lan.id)))
    assert attempt(client) == 422
    assert attempt(client) == 422
    assert attempt(client, one_time[0]) == 303


def test_two_sign_ins_that_both_make_the_hash_anew_are_both_let_in(
    client: FlaskClient, lan: User, meanwhile: Meanwhile
) -> None:
    weaken(lan)
    meanwhile(lambda: services.sign_in("lan", PASSWORD))
    assert attempt(client) == 303
    assert live_sessions() == 1


def test_a_session_waits_for_a_reset_that_is_under_way(app: Flask, lan: User) -> None:
    proven = services.sign_in("lan", PASSWORD)
    assert proven is not None
    started: list[object] = []

    def start() -> None:
        with app.app_context():
            started.append(services.start_session(proven))

    thread = threading.Thread(target=start)
    with database().writing() as session:
        services.give_one_time_password(session, SYSTEM, session.get_one(User, lan.id), passwords.prepare_one_time())
        session.flush()
        thread.start()
        thread.join(0.3)
        assert started == []
    thread.join()
    assert started == [None]
    assert live_sessions() == 0
