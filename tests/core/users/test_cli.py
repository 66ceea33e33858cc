"""Commands about users."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask

from core.permissions.roles import Role
from tests.support.cast import Cast


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def test_a_token_is_printed_alone_and_works(app: Flask, cast: Cast) -> None:
    answer = run(app, "tokens", "issue", "--role", "registrar", "--market", cast.market_a, "--name", "Bảng tính")
    assert answer.exit_code == 0
    (token,) = answer.stdout.splitlines()
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/stalls", headers=headers).status_code == 200


@pytest.mark.parametrize("role", [role.value for role in Role if role is not Role.VENDOR])
def test_a_role_without_a_place_holds_everywhere(app: Flask, role: str) -> None:
    assert run(app, "tokens", "issue", "--role", role, "--name", "x").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "king"),
        ("--role", "vendor"),
        ("--role", "registrar", "--market", "ZZ99"),
        ("--role", "registrar", "--market", "{market}", "--area", "75"),
        ("--role", "operator", "--market", "{market}"),
        ("--role", "vendor", "--market", "{market}"),
        ("--role", "province_officer", "--area", "689"),
    ],
)
def test_a_bad_grant_is_one_line_and_exit_1_or_2(app: Flask, cast: Cast, words: tuple[str, ...]) -> None:
    filled = [word.format(market=cast.market_a) for word in words]
    answer = run(app, "tokens", "issue", *filled, "--name", "x")
    assert answer.exit_code in {1, 2}
    assert answer.stdout == ""
    assert answer.stderr


def test_the_first_operator_comes_in_by_a_one_time_password(app: Flask) -> None:
    answer = run(app, "users", "open", "--role", "operator", "--username", "Lan.Vận", "--name", "Lan")
    assert answer.exit_code == 1
    answer = run(app, "users", "open", "--role", "operator", "--username", "lan", "--name", "Lan")
    assert answer.exit_code == 0
    data = {"username": "lan", "password": answer.stdout.strip()}
    assert app.test_client().post("/sign-in", data=data).status_code == 303
    again = run(app, "users", "open", "--role", "operator", "--username", "lan", "--name", "Lan")
    assert again.exit_code == 1


def test_a_lost_password_is_made_anew_on_the_server(app: Flask, cast: Cast) -> None:
    answer = run(app, "users", "reset", "--username", cast.admin.username)
    data = {"username": cast.admin.username, "password": answer.stdout.strip()}
    assert app.test_client().post("/sign-in", data=data).status_code == 303
    assert run(app, "users", "reset", "--username", "nobody").exit_code == 1
