"""The server for banks as `scripts/serve --banks` starts it, over real connections, with one worker and with two."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask

from core.database import database
from payments.notifications.judging import BODY_MAX_BYTES
from payments.verification.services import verify
from tests.support.furnishings import lent_database
from tests.support.money import coded_stalls, credit, notification, signed
from tests.support.servers import House

PATH = "/gateways/simbank/notifications"
AGAIN_WITHIN_S = 30


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One for the servers of this module, which take longer to start than to ask."""
    with lent_database(request, tmp_path_factory.mktemp("banks") / "test.db") as url:
        yield url


@pytest.fixture(scope="module", params=[1, 2])
def served(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[House]:
    environment = {"CHO40_ENV": "development", "CHO40_WORKERS": str(request.param)}
    house = House(database_url, tmp_path_factory.mktemp("served"), environment, arguments=("--banks",))
    yield house.start()
    house.stop()


@pytest.fixture
def house(app: Flask, served: House) -> House:
    """The server, started again if the test before ended it."""
    if served.process is not None and served.process.poll() is not None:
        served.start()
    return served


def payments() -> int:
    """How many there are; what tests before sent is there as well."""
    return verify(database()).payments


def test_banks_are_answered_and_nobody_else(house: House) -> None:
    stall, other = coded_stalls(2, begun=False)
    before = payments()
    body, chunked = notification(credit(stall), credit()), notification(credit(other))
    with httpx.Client(base_url=house.url, timeout=30) as client:
        answer = client.post(PATH, content=body, headers=signed(body))
        assert (answer.status_code, answer.json()) == (200, {"recorded": 2, "duplicates": 0, "unmatched": 1})
        answer = client.post(PATH, content=iter([chunked[:9], chunked[9:]]), headers=signed(chunked))
        assert (answer.status_code, answer.json()["recorded"]) == (200, 1)
        assert client.post(PATH, content=body, headers=signed(body)).json()["duplicates"] == 2
        for refused, status, code in (
            (client.post(PATH, content=body, headers=signed(chunked)), 401, "bad_proof"),
            (client.post(PATH, content=b"x" * (BODY_MAX_BYTES + 1), headers=signed(b"")), 413, "too_large"),
            (client.get(PATH), 405, "method_not_allowed"),
            (client.get("/vi/"), 404, "not_found"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert client.get("/healthz").is_success
    report = verify(database())
    assert (report.sound, report.payments - before) == (True, 2)


def test_requests_may_be_sent_before_the_first_is_answered(house: House) -> None:
    (stall,) = coded_stalls(1)
    before = payments()
    bodies = [notification(credit(stall)) for _ in range(3)]
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as line:
        line.sendall(b"".join(map(_request, bodies)))
        heard = b""
        while heard.count(b'"recorded":1') < len(bodies):
            more = line.recv(65_536)
            assert more, heard
            heard += more
    assert heard.count(b"HTTP/1.1 200") == len(bodies)
    assert payments() - before == len(bodies)


def _request(body: bytes) -> bytes:
    headers = {"Host": "banks.example", "Content-Length": str(len(body)), **signed(body)}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def test_what_is_no_request_is_refused(house: House) -> None:
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as line:
        line.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n")
        assert line.recv(65_536).startswith(b"HTTP/1.1 400")
    assert httpx.get(f"{house.url}/readyz").is_success
    # It is told as everything else is: a line of JSON.
    said = (house.folder / "server.log").read_text().splitlines()
    assert [json.loads(line)["event"] for line in said if "Invalid HTTP" in line] == ["Invalid HTTP request received."]


@pytest.mark.parametrize("served", [2], indirect=True)
def test_a_worker_that_died_is_replaced(house: House) -> None:
    assert house.process is not None
    before = _workers(house.process.pid)
    os.kill(before[-1], signal.SIGKILL)
    now, until = before, time.monotonic() + AGAIN_WITHIN_S
    while time.monotonic() < until and (before[-1] in now or len(now) < len(before)):
        time.sleep(0.1)
        now = _workers(house.process.pid)
    assert (len(now), before[-1] in now) == (2, False)
    (stall,) = coded_stalls(1)
    before_it_died = payments()
    for _ in range(10):
        body = notification(credit(stall))
        assert httpx.post(f"{house.url}{PATH}", content=body, headers=signed(body), timeout=30).status_code == 200
    assert payments() - before_it_died == 10


def test_it_ends_when_it_is_told_to_though_lines_are_open(house: House) -> None:
    assert house.process is not None
    with httpx.Client(base_url=house.url) as client:
        assert client.get("/healthz").is_success
        house.process.send_signal(signal.SIGTERM)
        assert house.process.wait(15) in {0, -signal.SIGTERM}


def _workers(parent: int) -> list[int]:
    """The processes of a server, as its parent started them: the helper that keeps track of resources is none."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in _command(child)]


def _command(process: str) -> bytes:
    """Nothing of one that is just gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
