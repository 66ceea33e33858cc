"""One shape for every error: problem details for programs, a designed page for people."""

from __future__ import annotations

import io
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import TestResponse

from core.engine import Database
from core.errors import InvalidInput, TooManyRequests, Unavailable
from payments.live.container import LiveContainer
from tests.core.conftest import Probe, Wrinkle

LOST = OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def assert_problem(answer: TestResponse, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    body = json.loads(answer.data)
    assert body["status"] == status
    assert body["code"] == code
    assert body["title"]
    assert body["type"] == "about:blank"
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/none", "/gateways/none/x", "/healthz/none"])
def test_an_unknown_address_of_programs_is_a_problem(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404, "not_found")


@pytest.mark.parametrize(("path", "allowed"), [("/healthz", {"GET", "HEAD", "OPTIONS"})])
def test_a_wrong_method_says_which_are_right(client: FlaskClient, path: str, allowed: set[str]) -> None:
    answer = client.delete(path)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_wrong_method_of_the_api_says_which_are_right(client: FlaskClient, probe: Probe) -> None:
    answer = client.put("/api/v1/probe")
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_post_to_nowhere_is_not_found_rather_than_forged(client: FlaskClient) -> None:
    assert client.post("/none", csrf=False).status_code == 404


def test_what_is_too_large_is_refused(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    body = b'{"name": "' + b"a" * 1_200_000 + b'"}'
    answer = client.post("/api/v1/probe", data=body, content_type="application/json", headers=bearer)
    assert_problem(answer, 413, "too_large")


def test_a_stream_without_length_is_cut_off(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    answer = client.post(
        "/api/v1/probe",
        input_stream=io.BytesIO(b"[" + b"1," * 1_000_000 + b"1]"),
        content_type="application/json",
        headers=bearer,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_problem(answer, 413, "too_large")


def test_a_problem_carries_its_own_data(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    probe.failure = Wrinkle("Iron it.", stall="DX01-A012")
    body = assert_problem(client.post("/api/v1/probe", json={"name": "x"}, headers=bearer), 409, "wrinkle")
    assert (body["detail"], body["stall"]) == ("Iron it.", "DX01-A012")


def test_a_waiting_time_is_said_in_the_header(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    probe.failure = TooManyRequests(7)
    answer = client.post("/api/v1/probe", json={"name": "x"}, headers=bearer)
    assert_problem(answer, 429, "too_many_requests")
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("failure", [Unavailable(), LOST, PoolTimeout()])
def test_what_is_out_of_reach_may_be_asked_again(
    client: FlaskClient, probe: Probe, bearer: dict[str, str], failure: Exception
) -> None:
    probe.failure = failure
    answer = client.post("/api/v1/probe", json={"name": "x"}, headers=bearer)
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_unforeseen_error_tells_nothing_of_itself(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    probe.failure = ValueError("0900000001 is secret")
    answer = client.post("/api/v1/probe", json={"name": "x"}, headers=bearer)
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


def test_programs_are_told_in_the_language_they_ask_for(client: FlaskClient) -> None:
    english = client.get("/api/v1/none", headers={"Accept-Language": "en"})
    vietnamese = client.get("/api/v1/none")
    assert json.loads(english.data)["title"] == "There is nothing here"
    assert json.loads(vietnamese.data)["title"] != "There is nothing here"
    assert (english.headers["Content-Language"], vietnamese.headers["Content-Language"]) == ("en", "vi")
    assert "Accept-Language" in english.headers["Vary"]


def test_a_person_gets_a_page(client: FlaskClient) -> None:
    answer = client.get("/none")
    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"
    assert '<main id="main"' in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_page_never_asks_a_browser_for_a_bearer_token(client: FlaskClient) -> None:
    answer = client.post("/password")
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers


def test_the_page_of_an_error_needs_no_database(app: Flask, client: FlaskClient, probe: Probe) -> None:
    probe.failure = LOST
    database = LiveContainer.of(app).database
    with client.session_transaction() as session:
        session["_user_id"] = "somebody"
    database.engine.dispose()
    LiveContainer.of(app).database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    answer = client.get("/probe")
    LiveContainer.of(app).database = database
    assert answer.status_code == 503
    assert '<main id="main"' in answer.text


def test_when_the_error_page_fails_a_bare_one_stands_in(own_app: None, app: Flask, client: FlaskClient) -> None:
    def fail() -> dict[str, object]:
        raise RuntimeError

    app.context_processor(fail)
    answer = client.get("/none?q=<script>")
    assert answer.status_code == 404
    assert "<h1>" in answer.text
    assert "<script>" not in answer.text


def test_input_of_a_page_that_nobody_caught_is_answered_as_a_page(client: FlaskClient, probe: Probe) -> None:
    probe.failure = InvalidInput({"name": ["Missing"]})
    answer = client.get("/probe")
    assert answer.status_code == 422
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("path", ["/probe/a%00b", "/api/v1/markets/D%00X"])
def test_an_address_with_nul_leads_nowhere(client: FlaskClient, probe: Probe, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_query_with_nul_is_refused(client: FlaskClient, probe: Probe) -> None:
    body = assert_problem(client.get("/api/v1/probe?word=a%00b"), 422, "invalid_input")
    assert set(body["errors"]) == {"word"}


@pytest.mark.parametrize("path", ["/", "/none"])
def test_a_query_of_any_bytes_is_read(client: FlaskClient, path: str) -> None:
    encoded, raw = (
        client.get(path, environ_overrides={"QUERY_STRING": query})
        for query in ("q=%E1%BA%A1%FF", "q=\u00e1\u00ba\u00a1\u00ff")
    )
    assert raw.status_code == encoded.status_code < 500
    assert "<h1" in raw.text


def test_a_form_with_nul_is_refused(client: FlaskClient, probe: Probe) -> None:
    assert client.post("/probe", data={"word": "a\0b"}).status_code == 422
    assert probe.calls == 0


def test_who_is_not_signed_in_is_shown_the_way(client: FlaskClient) -> None:
    assert 'href="/sign-in"' in client.post("/password").text.partition("<main")[2]
