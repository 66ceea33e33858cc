"""The calls of the API against its own description.

What the description allows is taken, and nothing that is sent, allowed or not, is answered by a 5xx. Schemathesis makes
the requests from the OpenAPI document, so that a new call is tried without a word here.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.cast import Cast

POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
#: For each call; the seed is fixed, so that a change fails where it is made.
EXAMPLES = 10
#: Streams end when their reader goes, and would be waited for.
STREAMS = ("/events",)
#: How an API refuses a request for its form. That something is not there, not yours or not in that state is no such
#: refusal.
FORM_REFUSED = frozenset({400, 405, 406, 413, 415, 422})
#: Rules between two fields, which OpenAPI can only say in words: by field, where the refusal stands.
RULES_BETWEEN_FIELDS = {
    "/api/v1/markets/{code}/cards.pdf": {"sheet"},
    "/api/v1/adoption": {"from"},
    "/api/v1/adoption.csv": {"from"},
}


@pytest.fixture
def operations(app: Flask) -> list[Any]:
    """The calls, as Schemathesis knows them."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in found if not operation.path.endswith(STREAMS)]


@pytest.mark.parametrize("mode", [POSITIVE, NEGATIVE])
def test_calls_keep_to_their_description(operations: list[Any], cast: Cast, mode: Any) -> None:
    assert len(operations) > 20
    for operation in operations:
        try_out(operation, cast, mode)


def try_out(operation: Any, cast: Cast, mode: Any) -> None:
    quick = settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @quick
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        if mode is POSITIVE:
            speak_of_what_is_there(case, cast)
            case.headers = dict(case.headers or {}) | cast.admin.headers
        else:
            # What is broken shall be what is sent, not who sends it.
            case.headers = cast.admin.headers
        answer = case.call()
        said = f"{case.method} {case.formatted_path} {case.query} {case.body}: {answer.text}"
        assert answer.status_code < 500, said
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"]
        if mode is POSITIVE and answer.status_code in FORM_REFUSED:
            assert answer.json().get("errors", {}).keys() <= RULES_BETWEEN_FIELDS.get(operation.path, set()), said
            assert answer.json().get("errors"), said

    send()


def speak_of_what_is_there(case: Any, cast: Cast) -> None:
    """Put places that there are where made-up ones stand, and a new key where one was used by another request."""
    if "code" in (case.path_parameters or {}):
        case.path_parameters["code"] = cast.stall_a if "/stalls/" in case.path else cast.market_a
    there = {
        "stall": cast.stall_a,
        "market": cast.market_a,
        "area": "75",
        "parent": "75",
        "commune": "25210",
        "former_commune": "25195",
        # A day on which they stand.
        "on": "2026-01-01",
    }
    for part in (case.body, case.query):
        if isinstance(part, dict):
            part.update({name: known for name, known in there.items() if part.get(name) is not None})
    for name in list(case.headers or {}):
        if name.lower() == "idempotency-key":
            case.headers[name] = f"{uuid4().hex} {case.headers[name]}"[:255].strip()
