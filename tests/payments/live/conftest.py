"""A served application, a stall that can take money, and its vendor's program."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.users.services import issue_token
from payments.live.container import Bounds, LiveContainer
from tests.support.live import Ear, serving
from tests.support.money import CodedStall, coded_stalls

PLACES = 3
#: Longer than the patience of tests: what is heard in time was told by the hub, and not found by chance.
HEARTBEAT_S = 60


@pytest.fixture
def stall(app: Flask) -> CodedStall:
    return coded_stalls(1)[0]


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Where the application is served, with few places."""
    LiveContainer.of(app).streams = Bounds(PLACES, heartbeat_s=HEARTBEAT_S)
    with serving(app) as port:
        yield port


@pytest.fixture
def listen(port: int, stall: CodedStall) -> Callable[..., Ear]:
    """A program of the stall's vendor that listens, after a receipt number or from now on."""
    token = issue_token(SYSTEM, "listener", Grant(Role.VENDOR, Scope.STALL, stall.id))
    path = f"/api/v1/stalls/{stall.code}/events"

    def ear(after: int | str | None = None, *, query: str = "") -> Ear:
        last_id = None if after is None else str(after)
        return Ear(port, path + query, {"Authorization": f"Bearer {token}"}, last_id)

    return ear
