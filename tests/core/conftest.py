"""What the ground's tests share: calls and pages that do nothing but show how the frame behaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Blueprint as PageBlueprint
from flask import Flask, current_app
from flask.testing import FlaskClient
from marshmallow import Schema, fields

from core.errors import Conflict
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Permission, Role, Scope
from core.users import services
from core.users.models import User
from core.users.passwords import prepare
from core.users.services import NewUser
from core.web.api import AmountVnd, Blueprint, Moment, Text, Whole
from core.web.guards import requires, signed_in
from tests.support.applications import Addition

PASSWORD = "nuoc mam ca com"
ADMIN = Grant(Role.ADMIN, Scope.EVERYWHERE)
OPERATOR = Grant(Role.OPERATOR, Scope.EVERYWHERE)


class InnerSchema(Schema):
    phone = Text(max_length=16)


class ThingSchema(Schema):
    name = Text(max_length=10, required=True)
    amount_vnd = AmountVnd()
    count = Whole()
    at = Moment()
    raw = fields.String()
    inner = fields.Nested(InnerSchema)


class ThingQuery(Schema):
    after = Whole(text=True)
    word = fields.String()


@dataclass
class Probe:
    """What the probing calls count and raise."""

    calls: int = 0
    failure: BaseException | None = None
    entered: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def addition() -> Addition:
    """Calls and pages below /api/v1/probe and /probe."""
    return _add_probe


@pytest.fixture
def probe(addition: Addition, app: Flask) -> Probe:
    """What those count in this test."""
    probe = app.extensions["probe"] = Probe()
    return probe


def _add_probe(app: Flask) -> None:
    app.register_blueprint(_pages())
    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(_calls())


def _probe() -> Probe:
    probe: Probe = current_app.extensions["probe"]
    return probe


def _calls() -> Blueprint:
    bp = Blueprint("probe", __name__, description="Calls of tests.")

    @bp.route("/probe", methods=["POST"])
    @requires(Permission.MARKET_CREATE)
    @bp.arguments(ThingSchema)
    @bp.response(201, ThingSchema)
    def make(thing: dict[str, Any]) -> dict[str, Any]:
        """Make a thing."""
        probe = _probe()
        probe.calls += 1
        if probe.failure is not None:
            raise probe.failure
        return thing

    @bp.route("/probe", methods=["GET"])
    @bp.arguments(ThingQuery, location="query")
    @bp.response(200)
    def look(query: dict[str, Any]) -> dict[str, Any]:
        """Look, which all may."""
        return query

    @bp.route("/probe/slow", methods=["POST"])
    @signed_in
    @bp.response(200)
    def wait() -> dict[str, Any]:
        """Wait until told to go on."""
        probe = _probe()
        probe.calls += 1
        probe.entered.set()
        probe.go_on.wait(10)
        return {"calls": probe.calls}

    return bp


def _pages() -> PageBlueprint:
    bp = PageBlueprint("probe", __name__)

    @bp.route("/probe", methods=["GET", "POST"])
    def show() -> str:
        probe = _probe()
        probe.calls += 1
        if probe.failure is not None:
            raise probe.failure
        return "shown"

    @bp.get("/probe/kept")
    @requires(Permission.USERS_MANAGE)
    def kept() -> str:
        return "kept"

    @bp.get("/probe/own")
    @signed_in
    def own() -> str:
        return "own"

    return bp


class Wrinkle(Conflict):
    """A problem with data of its own."""

    code = "wrinkle"
    title = "A wrinkle"


OpenUser = Callable[..., User]


@pytest.fixture
def open_user(app: Flask) -> OpenUser:
    """Opens a user that signs in with `PASSWORD`: open_user("lan", OPERATOR)."""

    def opener(username: str, *grants: Grant, **others: Any) -> User:
        new = NewUser(username, username.title(), prepare(PASSWORD), grants, **others)
        return services.open_user(SYSTEM, new)

    return opener


@pytest.fixture
def sign_in(client: FlaskClient) -> Callable[[str], None]:
    """Signs the client in by the form."""

    def do(username: str) -> None:
        answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text

    return do


@pytest.fixture
def bearer(app: Flask) -> dict[str, str]:
    """The header of an administrator's token."""
    return {"Authorization": f"Bearer {services.issue_token(SYSTEM, 'Probe', ADMIN)}"}
