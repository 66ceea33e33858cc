"""The stream as the server of production serves it."""

from __future__ import annotations

import time

import pytest
from flask import Flask

from core.database import database
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.users.services import issue_token
from payments.recording.recorder import commit
from tests.support.live import Ear
from tests.support.money import CodedStall, credit, submission
from tests.support.servers import House

STOPS_WITHIN_S = 12


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_is_not_held_back_on_its_way_and_does_not_hold_up_the_end(
    app: Flask, database_url: str, stall: CodedStall, tmp_path
) -> None:
    token = issue_token(SYSTEM, "listener", Grant(Role.VENDOR, Scope.STALL, stall.id))
    house = House(database_url, tmp_path).start()
    try:
        with Ear(house.port, f"/api/v1/stalls/{stall.code}/events", {"Authorization": f"Bearer {token}"}) as ear:
            commit(database(), [submission(credit(stall))])
            assert [heard.id for heard in ear.hear(1)] == ["1"]
            began = time.monotonic()
            house.stop()
            assert time.monotonic() - began < STOPS_WITHIN_S
    finally:
        house.stop()
