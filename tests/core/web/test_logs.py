"""Logs: one JSON line an event, the request's id, nobody's data, however often it is set up."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from core.web import logs
from tests.core.conftest import Probe


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


@pytest.fixture
def configured() -> Iterator[None]:
    logs.configure("INFO", quote_errors=False)
    yield
    logs.configure("ERROR", quote_errors=True)


@pytest.fixture
def as_in_production(client: FlaskClient, configured: None) -> FlaskClient:
    return client


def test_a_request_is_one_line_with_its_rule_and_its_id(
    as_in_production: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = as_in_production.get("/api/v1/markets/DX01?q=0900000001")
    (line,) = [line for line in lines(capsys) if line["event"] == "request"]
    assert line["route"] == "/api/v1/markets/<code>"
    assert line["status"] == 401
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert "0900000001" not in str(line)
    assert "DX01" not in str(line)


def test_an_error_is_logged_by_where_it_came_from_and_not_by_what_it_quotes(
    as_in_production: FlaskClient, probe: Probe, capsys: pytest.CaptureFixture[str]
) -> None:
    probe.failure = ValueError("0900000001 is no amount")
    as_in_production.get("/probe")
    logged = capsys.readouterr().err
    assert "0900000001" not in logged
    (line,) = [json.loads(line) for line in logged.splitlines() if '"unhandled"' in line]
    assert line["errors"][0]["type"] == "builtins.ValueError"
    assert any("tests/core/conftest.py" in call for call in line["errors"][0]["calls"])


def test_a_librarys_error_is_logged_alike(configured: None, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("0900 000 001 and more")
    except ValueError:
        logging.getLogger("some.library").exception("it broke")
    (line,) = lines(capsys)
    assert line["event"] == "it broke"
    assert line["errors"][0]["type"] == "builtins.ValueError"
    assert "0900" not in str(line)


def test_setting_up_twice_says_everything_once(configured: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", quote_errors=False)
    logging.getLogger("some.library").warning("careful")
    structlog.get_logger().info("ours")
    assert [line["event"] for line in lines(capsys)] == ["careful", "ours"]


def test_other_handlers_stay(configured: None, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("some.library").warning("careful")
    assert "careful" in caplog.text


def test_the_last_level_holds(configured: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("ERROR", quote_errors=False)
    structlog.get_logger().info("quiet")
    assert lines(capsys) == []


@pytest.mark.parametrize("given", ["abcdefgh", "a1b2-c3d4.e5_f6", "x" * 64])
def test_a_callers_id_is_taken_over(client: FlaskClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "<script>alert</script>", "tên-của-tôi"])
def test_another_id_is_made_for_what_is_no_id(client: FlaskClient, given: str) -> None:
    found = client.get("/healthz", headers={"X-Request-ID": given.encode().decode("latin-1")}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", found)
