"""Headers on every answer, files that may be kept, the reader's language, and coming back."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.web.assets import static_url


@pytest.mark.parametrize("path", ["/sign-in", "/none", "/healthz", "/api/v1/none", "/static/favicon.svg"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/docs", "/none", "/check"])
def test_no_page_has_a_script_or_a_style_of_its_own(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//(?!cho\.test|127\.0\.0\.1|localhost)', page)


def test_pages_are_not_kept(client: FlaskClient) -> None:
    answer = client.get("/sign-in")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_a_file_with_its_digest_is_kept_for_a_year(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        url = static_url("favicon.svg")
    answer = client.get(url)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/static/favicon.svg", "/static/none.svg?v=1", "/static/../wsgi.py"])
def test_no_other_file_is_kept(client: FlaskClient, path: str) -> None:
    assert "immutable" not in client.get(path).headers.get("Cache-Control", "")


def test_the_language_is_a_choice_that_stays(client: FlaskClient) -> None:
    assert '<html lang="vi"' in client.get("/sign-in", headers={"Accept-Language": "en"}).text
    answer = client.post("/language", data={"lang": "en", "next": "/sign-in"})
    assert answer.location == "/sign-in"
    assert '<html lang="en"' in client.get("/sign-in").text


@pytest.mark.parametrize(
    ("form", "path"), [({"lang": "xx"}, "/language"), ({"theme": "pink"}, "/theme"), ({}, "/theme")]
)
def test_an_unknown_choice_changes_nothing(client: FlaskClient, form: dict[str, str], path: str) -> None:
    answer = client.post(path, data=form)
    assert answer.status_code == 303
    assert "cho40_language" not in str(answer.headers.getlist("Set-Cookie"))
    assert "cho40_theme" not in str(answer.headers.getlist("Set-Cookie"))


def test_a_post_from_elsewhere_is_refused(client: FlaskClient) -> None:
    assert client.post("/language", data={"lang": "en"}, csrf=False).status_code == 400
    wrong = client.post("/language", data={"lang": "en", "csrf_token": "made.up.token"}, csrf=False)
    assert wrong.status_code == 400
