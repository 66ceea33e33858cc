"""Whatever is sent to a call of the API, its own description's examples and what breaks them: no answer is a 5xx.

Schemathesis makes the requests from the OpenAPI document, so that a new call is tried without a word here.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.cast import Cast

#: For each call; the seed is fixed, so that a change fails where it is made.
EXAMPLES = 10
#: Streams end when their reader goes, and would be waited for.
STREAMS = ("/events",)


@pytest.fixture
def operations(app: Flask) -> list[Any]:
    """The calls, as Schemathesis knows them."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in found if not operation.path.endswith(STREAMS)]


@pytest.mark.parametrize("mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])
def test_nothing_that_is_sent_breaks_a_call(operations: list[Any], cast: Cast, mode: Any) -> None:
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
        # What is broken shall be what is sent, not who sends it nor, half of the time, what it is about.
        case.headers = cast.admin.headers
        if "code" in (case.path_parameters or {}) and mode is schemathesis.GenerationMode.POSITIVE:
            case.path_parameters["code"] = cast.stall_a if "/stalls/" in case.path else cast.market_a
        answer = case.call()
        assert answer.status_code < 500, f"{case.method} {case.formatted_path} {case.query} {case.body}: {answer.text}"
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"]

    send()
