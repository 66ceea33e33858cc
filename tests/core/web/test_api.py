"""The frame of the API: what it reads and refuses, and how it describes itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.users import services
from tests.core.conftest import Probe
from tests.core.web.test_problems import assert_problem

JSON = "application/json"


def post(client: FlaskClient, bearer: dict[str, str], body: Any, content_type: str = JSON) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/api/v1/probe", data=data, content_type=content_type, headers=bearer)


def test_it_works(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    answer = post(client, bearer, {"name": "  Rau   cải ", "amount_vnd": 5, "at": "2026-11-23T01:00:00Z"})
    assert answer.status_code == 201
    assert answer.json == {"name": "Rau cải", "amount_vnd": 5, "at": "2026-11-23T08:00:00+07:00"}
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"count": 1e999}',
        b'{"count": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"name": ' + b"[" * 1_500 + b"]" * 1_500 + b"}",
        b'{"name": "\\ud800"}',
        b'{"name": "\xff"}',
        "﻿{}".encode(),
        "{}".encode("utf-16"),
    ],
)
def test_what_is_no_json_is_malformed(client: FlaskClient, probe: Probe, bearer: dict[str, str], body: bytes) -> None:
    assert_problem(post(client, bearer, body), 400, "malformed_request")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "text/json"])
def test_another_content_type_is_not_read(
    client: FlaskClient, probe: Probe, bearer: dict[str, str], content_type: str
) -> None:
    assert_problem(post(client, bearer, {"name": "x"}, content_type), 415, "unsupported_media_type")


def test_a_charset_in_the_content_type_does_no_harm(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    assert post(client, bearer, {"name": "x"}, f"{JSON}; charset=utf-8").status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        (b"", "name"),
        ([], "_schema"),
        ("text", "_schema"),
        ({"name": "x", "more": 1}, "more"),
        ({"name": ""}, "name"),
        ({"name": " \t\n "}, "name"),
        ({"name": "12345678901"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x", "raw": "a\0b"}, "raw"),
        ({"name": "x", "a\0b": 1}, "ab"),
        ({"name": "x", "amount_vnd": 0}, "amount_vnd"),
        ({"name": "x", "amount_vnd": 500_000_000}, "amount_vnd"),
        ({"name": "x", "amount_vnd": 5.5}, "amount_vnd"),
        ({"name": "x", "amount_vnd": "5"}, "amount_vnd"),
        ({"name": "x", "amount_vnd": True}, "amount_vnd"),
        ({"name": "x", "count": 2**53}, "count"),
        ({"name": "x", "count": -(2**70)}, "count"),
        ({"name": "x", "count": 1e300}, "count"),
        ({"name": "x", "at": "yesterday"}, "at"),
    ],
)
def test_a_wrong_field_is_named(
    client: FlaskClient, probe: Probe, bearer: dict[str, str], body: Any, field: str
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    problem = assert_problem(post(client, bearer, data), 422, "invalid_input")
    assert field in problem["errors"]
    assert probe.calls == 0


def test_a_wrong_field_within_another_is_named(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    problem = assert_problem(post(client, bearer, {"name": "x", "inner": {"phone": "a\0b"}}), 422, "invalid_input")
    assert list(problem["errors"]["inner"]) == ["phone"]


@pytest.mark.parametrize(("given", "kept"), [(5.0, 5), (499_999_999, 499_999_999), (1, 1)])
def test_a_whole_number_may_be_written_with_a_point(
    client: FlaskClient, probe: Probe, bearer: dict[str, str], given: float, kept: int
) -> None:
    answer = post(client, bearer, {"name": "x", "amount_vnd": given})
    assert answer.json["amount_vnd"] == kept
    assert isinstance(answer.json["amount_vnd"], int)


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=" + "9" * 17, "after=" + "9" * 5000, "other=1", "after="]
)
def test_a_wrong_query_is_refused(client: FlaskClient, probe: Probe, query: str) -> None:
    assert_problem(client.get(f"/api/v1/probe?{query}"), 422, "invalid_input")


def test_messages_are_in_the_readers_language(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    english = post(client, bearer | {"Accept-Language": "en"}, {"name": "12345678901"}).json
    vietnamese = post(client, bearer, {"name": "12345678901"}).json
    assert english["errors"] == {"name": ["From 1 to 10 characters."]}
    assert vietnamese["errors"] == {"name": ["Dài từ 1 đến 10 ký tự."]}


# Who may come in.


def test_nobody_is_asked_for_a_token(client: FlaskClient, probe: Probe) -> None:
    answer = post(client, {}, {"name": "x"})
    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer cho40_wrong", "Basic Y2hvOmNobw==", "Token {token}", "{token}", "Bearer {token}x"],
)
def test_a_wrong_proof_is_refused_even_where_anybody_may_look(
    client: FlaskClient, probe: Probe, bearer: dict[str, str], header: str
) -> None:
    token = bearer["Authorization"].removeprefix("Bearer ")
    answer = post(client, {"Authorization": header.format(token=token)}, {"name": "x"})
    assert_problem(answer, 401, "unauthenticated")


def test_the_schemes_name_may_be_written_in_any_case(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    token = bearer["Authorization"].removeprefix("Bearer ")
    assert post(client, {"Authorization": f"bearer {token}"}, {"name": "x"}).status_code == 201


def test_a_token_without_the_permission_is_forbidden_before_anything_is_read(
    client: FlaskClient, probe: Probe, bearer: dict[str, str]
) -> None:
    token = services.issue_token(SYSTEM, "Phường", Grant(Role.VENDOR, Scope.STALL, 1))
    answer = post(client, {"Authorization": f"Bearer {token}"}, b"{")
    assert_problem(answer, 403, "forbidden")


def test_a_session_of_pages_counts_for_nothing_in_the_api(
    client: FlaskClient, probe: Probe, open_user: Any, sign_in: Any
) -> None:
    open_user("quan.tri", Grant(Role.ADMIN, Scope.EVERYWHERE))
    sign_in("quan.tri")
    assert_problem(post(client, {}, {"name": "x"}), 401, "unauthenticated")


def test_a_token_counts_for_nothing_on_pages(client: FlaskClient, probe: Probe, bearer: dict[str, str]) -> None:
    assert client.get("/probe/kept", headers=bearer).status_code == 302


# How it describes itself.


@pytest.fixture
def document(client: FlaskClient, probe: Probe) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def test_it_is_openapi_3_1_with_bearer_tokens(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert document["security"] == [{"bearer": []}]


def test_every_call_has_a_name_a_summary_and_a_problem(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _method, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert operation.get("summary"), f"{method} {path} has no docstring"
        assert "default" in operation["responses"], f"{method} {path}"


def test_problems_have_their_own_content_type(document: dict[str, Any]) -> None:
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]


def test_public_calls_need_no_token_and_guarded_ones_say_what_they_ask_for(document: dict[str, Any]) -> None:
    item = document["paths"]["/api/v1/probe"]
    assert item["get"]["security"] == []
    assert "security" not in item["post"]
    assert item["post"]["x-permissions"] == ["market.create"]
    assert {"401", "403"} <= set(item["post"]["responses"])


def test_every_write_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        taken = [parameter.get("$ref", "") for parameter in operation.get("parameters", [])]
        assert (any("Idempotency-Key" in reference for reference in taken)) == (method != "get"), f"{method} {path}"


def test_no_name_in_the_document_leads_nowhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            here = [node["$ref"]] if "$ref" in node else []
            return here + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    for reference in set(references(document)):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
