"""Passwords are hashed before a unit of work begins: on SQLite nobody else writes while one is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from core.database import database
from core.permissions.principal import SYSTEM
from core.users import services
from core.users.models import User
from core.users.queries import principal_of
from tests.core.conftest import ADMIN, OPERATOR, PASSWORD, OpenUser
from tests.support.hashing import hashing_outside_units_of_work

NEW = "ba bó rau muống"


@dataclass
class Given:
    """What a way to set a password needs."""

    app: Flask
    client: FlaskClient
    lan: User


def by_page(given: Given) -> None:
    given.client.post("/sign-in", data={"username": "admin", "password": PASSWORD})
    form = {"username": "hoa", "name": "Hoa", "role": OPERATOR.role.value}
    assert given.client.post("/users/new", data=form).status_code == 201


def by_command(given: Given) -> None:
    arguments = ["users", "open", "--role", OPERATOR.role.value, "--username", "hoa", "--name", "Hoa"]
    assert given.app.test_cli_runner().invoke(args=arguments).exit_code == 0


def by_its_holder(given: Given) -> None:
    with database().reading() as session:
        lan = principal_of(session.get_one(User, given.lan.id))
    services.change_own_password(lan, PASSWORD, NEW, NEW)


def at_sign_in(given: Given) -> None:
    with database().writing() as session:
        weak = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
        session.get_one(User, given.lan.id).password_hash = weak
    assert services.sign_in("lan", PASSWORD) is not None


Way = Callable[[Given], object]
WAYS: dict[str, Way] = {
    "opened by page": by_page,
    "opened by command": by_command,
    "reset": lambda given: services.reset_password(SYSTEM, given.lan.id),
    "changed by its holder": by_its_holder,
    "made anew at sign-in": at_sign_in,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_unit_of_work_is_open_while_a_password_is_hashed(
    app: Flask,
    client: FlaskClient,
    open_user: OpenUser,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Given], object],
) -> None:
    open_user("admin", ADMIN)
    given = Given(app, client, open_user("lan", OPERATOR))
    with hashing_outside_units_of_work(monkeypatch):
        way(given)
