from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.cast import Cast
from tests.support.reconciliation import fresh, imported, of_all_kinds, shown
from tests.support.statements import document, statement


@pytest.fixture
def ask(app: Flask, cast: Cast, client: FlaskClient):
    def get(path: str) -> dict:
        answer = client.get(f"/api/v1/{path}", headers=cast.operator.headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    return get


def test_statements_come_newest_first_page_by_page(ask) -> None:
    first, second = (imported(document(statement(shown(fresh())))).statement_id for _ in range(2))
    page = ask("statements?limit=1")
    assert [item["id"] for item in page["items"]] == [second]
    assert [item["id"] for item in ask(f"statements?limit=1&after={page['next']}")["items"]] == [first]


def test_a_statement_says_what_became_of_its_lines(ask) -> None:
    imported(of_all_kinds())
    (one,) = ask("statements")["items"]
    assert {outcome: total["count"] for outcome, total in one["outcomes"].items()} == {
        "matched": 0,
        "recorded": 1,
        "different": 0,
        "duplicate": 1,
        "unknown": 3,
    }
    assert (one["credits_count"], one["debits_vnd"], one["passed_over"]) == (4, 12_000, 1)
    assert one["processed_at"] is not None


def test_lines_are_listed_and_picked(ask) -> None:
    statement_id = imported(of_all_kinds()).statement_id
    assert [line["position"] for line in ask(f"statements/{statement_id}/lines")["items"]] == [1, 2, 3, 4, 5]
    (duplicate,) = ask(f"statements/{statement_id}/lines?outcome=duplicate")["items"]
    assert duplicate["position"] == 2
    assert "party_name" not in duplicate


def test_open_discrepancies_are_listed_unless_others_are_asked_for(ask) -> None:
    imported(of_all_kinds())
    kinds = [one["kind"] for one in ask("discrepancies")["items"]]
    assert sorted(kinds) == ["duplicate", "finding", "finding", "unknown", "unknown"]
    assert ask("discrepancies?state=closed")["items"] == []
    assert len(ask("discrepancies?state=all")["items"]) == 5


@pytest.mark.parametrize("path", ["statements?after=x", "discrepancies?state=some", "statements/1/lines?outcome=good"])
def test_what_cannot_be_asked_is_refused(app: Flask, cast: Cast, client: FlaskClient, path: str) -> None:
    imported(document(statement()))
    answer = client.get(f"/api/v1/{path}", headers=cast.operator.headers)
    assert answer.status_code == 422


def test_the_lines_of_no_statement_are_not_found(app: Flask, cast: Cast, client: FlaskClient) -> None:
    answer = client.get("/api/v1/statements/77/lines", headers=cast.operator.headers)
    assert answer.status_code == 404
