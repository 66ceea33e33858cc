"""Signing in and out: sessions that are kept on our side, wrong tries that are slowed down, passwords of one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import wsgi
from core import clock
from core.database import database
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.settings import load_settings
from core.users import services
from core.users.models import SignIn, User
from core.web.models import Throttle
from core.web.services import throttle
from payments.live.container import LiveContainer
from tests.core.conftest import ADMIN, OPERATOR, PASSWORD, OpenUser, Probe

SignInByForm = Callable[[str], None]
VENDOR = Grant(Role.VENDOR, Scope.STALL, 1)


def attempt(client: FlaskClient, username: str, password: str = PASSWORD, **others: str) -> int:
    data = {"username": username, "password": password, **others}
    return client.post("/sign-in", data=data).status_code


def comes_in(client: FlaskClient) -> bool:
    return client.get("/probe/own").status_code == 200


@pytest.fixture
def lan(open_user: OpenUser, probe: Probe) -> User:
    return open_user("lan", OPERATOR)


def test_it_works(client: FlaskClient, lan: User) -> None:
    assert not comes_in(client)
    assert attempt(client, "lan") == 303
    assert comes_in(client)
    client.post("/sign-out")
    assert not comes_in(client)


@pytest.mark.parametrize("typed", ["0900 000 001", "+84 900.000.001", "84900000001", " 0900-000-001 "])
def test_a_phone_number_may_be_written_in_any_way(client: FlaskClient, open_user: OpenUser, typed: str) -> None:
    open_user("0900.000.001", VENDOR)
    assert attempt(client, typed) == 303


def test_letters_count_whatever_keyboard_wrote_them(client: FlaskClient, lan: User) -> None:
    attempt(client, "lan")
    change(client, new="ba bó rau muống")
    decomposed = "ba bo\u0301 rau muo\u0302\u0301ng"
    assert attempt(client, "LAN", decomposed) == 303


@pytest.mark.parametrize(
    ("username", "password"), [("lan", "wrong"), ("nobody", PASSWORD), ("", ""), ("lan", ""), ("lan", "x" * 100_000)]
)
def test_a_wrong_try_is_refused_in_the_same_words(client: FlaskClient, lan: User, username: str, password: str) -> None:
    answer = client.post("/sign-in", data={"username": username, "password": password})
    assert answer.status_code == 422
    assert "Tên hoặc mật khẩu chưa đúng" in answer.text
    assert password == "" or password not in answer.text
    assert not comes_in(client)


def test_what_was_typed_as_a_name_stays_in_the_form(client: FlaskClient, lan: User) -> None:
    answer = client.post("/sign-in", data={"username": "lan", "password": "wrong"})
    assert 'value="lan"' in answer.text


def test_a_program_cannot_sign_in(client: FlaskClient) -> None:
    services.issue_token(SYSTEM, "Robot", ADMIN)
    with database().reading() as session:
        username = session.scalars(select(User.username)).one()
    assert attempt(client, username, "") == 422


def test_a_closed_user_cannot_sign_in(client: FlaskClient, lan: User) -> None:
    services.set_disabled(SYSTEM, lan.id, disabled=True)
    assert attempt(client, "lan") == 422


def test_a_form_without_its_token_is_refused(client: FlaskClient, lan: User) -> None:
    data = {"username": "lan", "password": PASSWORD}
    assert client.post("/sign-in", data=data, csrf=False).status_code == 400
    assert not comes_in(client)


# Sessions.


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("cho40_session", domain="cho.test") or client.get_cookie("cho40_session")
    assert cookie is not None
    return cookie.value


def test_the_cookie_is_hidden_from_scripts_and_other_sites(client: FlaskClient, lan: User) -> None:
    answer = client.post("/sign-in", data={"username": "lan", "password": PASSWORD})
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("cho40_session="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain=" not in cookie


def test_over_tls_the_cookie_is_bound_to_this_host(database_url: str) -> None:
    production = {
        "CHO40_ENV": "production",
        "CHO40_DATABASE_URL": database_url,
        "CHO40_SECRET_KEY": "Zq8xT3vR7mK1wN5bJ9cL2fH6dG4sP0aY",
        "CHO40_PUBLIC_URL": "https://cho.test",
    }
    app = wsgi.create_app(load_settings(production))
    answer = app.test_client().get("/sign-in", base_url="https://cho.test")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-cho40_session=")
    assert "Secure" in cookie.split("; ")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    LiveContainer.of(app).database.dispose()


def test_signing_out_ends_a_copy_of_the_cookie_as_well(app: Flask, client: FlaskClient, lan: User) -> None:
    attempt(client, "lan")
    thief = app.test_client()
    thief.set_cookie("cho40_session", cookie_of(client))
    assert comes_in(thief)
    client.post("/sign-out")
    assert not comes_in(thief)


def test_nothing_from_before_signing_in_stays_in_the_session(client: FlaskClient, lan: User) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody"
    attempt(client, "lan")
    with client.session_transaction() as session:
        assert "planted" not in session


def test_the_token_of_forms_changes_with_who_is_signed_in(client: FlaskClient, lan: User) -> None:
    client.get("/sign-in")
    with client.session_transaction() as session:
        before = session["csrf_token"]
    attempt(client, "lan")
    client.get("/password")
    with client.session_transaction() as session:
        assert session["csrf_token"] != before


def test_staff_sign_in_anew_after_half_a_day(client: FlaskClient, lan: User) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        attempt(client, "lan")
        moving.shift(timedelta(hours=12, seconds=-1))
        assert comes_in(client)
        moving.shift(timedelta(seconds=2))
        assert not comes_in(client)


def test_a_vendor_stays_signed_in_for_half_a_year(
    app: Flask, client: FlaskClient, probe: Probe, open_user: OpenUser
) -> None:
    open_user("0900000002", VENDOR)
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        attempt(client, "0900000002")
        moving.shift(timedelta(days=179))
        assert comes_in(client)
        moving.shift(timedelta(days=2))
        assert not comes_in(client)


def test_only_digests_of_sessions_are_kept(client: FlaskClient, lan: User) -> None:
    attempt(client, "lan")
    with client.session_transaction() as session:
        secret = session["_user_id"]
    with database().reading() as read:
        assert secret not in str(read.execute(select(SignIn.__table__)).all())


def test_sessions_that_are_long_over_are_swept_and_no_others(lan: User) -> None:
    kept = clock.now() - services.SESSION_KEPT
    with database().writing() as session:
        for number, expires_at in enumerate((kept - timedelta(days=1), kept + timedelta(days=1), clock.now())):
            over = {"started_at": expires_at, "expires_at": expires_at, "digest": f"over {number}"}
            session.add(SignIn(user_id=lan.id, **over))
    assert services.sweep_sessions() == 1
    with database().reading() as session:
        assert session.scalars(select(SignIn.digest).order_by(SignIn.id)).all() == ["over 1", "over 2"]


# Where one comes out.


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/probe/own?a=1", "/probe/own?a=1"),
        ("", "/users/"),
        ("https://other.example/", "/users/"),
        ("//other.example/", "/users/"),
        ("/\\other.example/", "/users/"),
        ("/\t/other.example/", "/users/"),
        ("javascript:alert(1)", "/users/"),
        ("//[", "/users/"),
        ("probe", "/users/"),
    ],
)
def test_one_comes_back_to_this_site_only(client: FlaskClient, lan: User, target: str, location: str) -> None:
    data = {"username": "lan", "password": PASSWORD, "next": target}
    assert client.post("/sign-in", data=data).location == location


def test_the_form_remembers_where_one_was_going(client: FlaskClient, lan: User) -> None:
    answer = client.get("/probe/own?a=1")
    assert answer.status_code == 302
    page = client.get(answer.location)
    assert 'name="next" value="/probe/own?a=1"' in page.text


def test_who_is_signed_in_needs_no_form(client: FlaskClient, lan: User) -> None:
    attempt(client, "lan")
    assert client.get("/sign-in?next=/probe/own").location == "/probe/own"


# Wrong tries.


def test_guessing_one_name_from_one_place_is_slowed_down(client: FlaskClient, lan: User) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        for _try in range(throttle.SIGN_IN_BY_NAME_AND_ADDRESS.size):
            assert attempt(client, "lan", "wrong") == 422
        answer = client.post("/sign-in", data={"username": "lan", "password": PASSWORD})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "60"
        assert "phút" in answer.text
        moving.shift(60)
        assert attempt(client, "lan") == 303


def test_elsewhere_the_holder_still_comes_in(app: Flask, client: FlaskClient, lan: User) -> None:
    for _try in range(throttle.SIGN_IN_BY_NAME_AND_ADDRESS.size + 1):
        attempt(client, "lan", "wrong")
    answer = client.post(
        "/sign-in", data={"username": "lan", "password": PASSWORD}, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert answer.status_code == 303


def test_a_name_is_slowed_down_from_wherever_it_is_guessed(client: FlaskClient, lan: User) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):
        for place in range(throttle.SIGN_IN_BY_NAME.size):
            data = {"username": "lan", "password": "wrong"}
            client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": f"192.0.2.{place}"})
        assert attempt(client, "lan") == 429


def test_an_address_that_tries_many_names_is_slowed_down(client: FlaskClient, lan: User) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):
        for number in range(throttle.SIGN_IN_BY_ADDRESS.size):
            throttle.take(throttle.SIGN_IN_BY_ADDRESS, throttle.address_key("127.0.0.1"))
            assert number < throttle.SIGN_IN_BY_ADDRESS.size
        assert attempt(client, "lan") == 429


def test_right_tries_cost_nothing(client: FlaskClient, lan: User) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):
        for _time in range(throttle.SIGN_IN_BY_NAME_AND_ADDRESS.size + 1):
            assert attempt(client, "lan") == 303
            client.post("/sign-out")


def test_neither_names_nor_addresses_are_kept_with_the_tries(client: FlaskClient, lan: User) -> None:
    attempt(client, "lan", "wrong")
    with database().reading() as session:
        kept = str(session.execute(select(Throttle.__table__)).all())
    assert "lan" not in kept
    assert "127.0.0.1" not in kept


# One's own password.

NEW = "xoài chín cây"


def change(client: FlaskClient, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> int:
    again = new if again is None else again
    return client.post("/password", data={"old": old, "new": new, "again": again}).status_code


def test_a_new_password_ends_every_session_and_counts_from_then_on(app: Flask, client: FlaskClient, lan: User) -> None:
    other = app.test_client()
    attempt(other, "lan")
    attempt(client, "lan")
    assert change(client) == 303
    assert not comes_in(client)
    assert not comes_in(other)
    assert attempt(client, "lan") == 422
    assert attempt(client, "lan", NEW) == 303


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", NEW, NEW),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, "short 1", "short 1"),
        (PASSWORD, "x" * 120 + "y" * 9, None),
        (PASSWORD, "matkhau123", "matkhau123"),
        (PASSWORD, "aaaaaaaaaa", "aaaaaaaaaa"),
        (PASSWORD, "lan12", "lan12"),
        (PASSWORD, NEW, NEW + "!"),
        (PASSWORD, "", ""),
    ],
)
def test_a_new_password_is_refused(client: FlaskClient, lan: User, old: str, new: str, again: str | None) -> None:
    attempt(client, "lan")
    assert change(client, old, new, again) == 422
    assert comes_in(client)
    client.post("/sign-out")
    assert attempt(client, "lan") == 303


def test_the_shortest_and_the_longest_password_are_taken(client: FlaskClient, lan: User) -> None:
    old = PASSWORD
    for password in ("xoài ba1", "chín" * 32):
        attempt(client, "lan", old)
        assert change(client, old, password) == 303
        assert attempt(client, "lan", password) == 303
        client.post("/sign-out")
        old = password


def test_a_password_is_as_long_as_what_is_hashed(client: FlaskClient, lan: User) -> None:
    attempt(client, "lan")
    # Each of these letters is three in NFC.
    grows = "\ufb2c\ufb2d" * 31
    assert change(client, new=grows) == 422
    # Eight as they were typed, seven in NFC.
    assert change(client, new="xoa\u0300i ba") == 422
    assert change(client, new=grows[:42]) == 303
    assert attempt(client, "lan", grows[:42]) == 303


def test_guessing_the_old_password_is_slowed_down(client: FlaskClient, lan: User) -> None:
    attempt(client, "lan")
    with time_machine.travel(clock.now(), tick=False):
        for _try in range(throttle.PASSWORD_CHANGE.size):
            assert change(client, "wrong") == 422
        assert change(client) == 429


def test_a_one_time_password_opens_nothing_but_the_way_to_a_new_one(
    client: FlaskClient, open_user: OpenUser, probe: Probe
) -> None:
    user = open_user("hoa", OPERATOR)
    password = services.reset_password(SYSTEM, user.id)
    attempt(client, "hoa", password)
    for path in ("/probe/own", "/probe/kept", "/users/"):
        assert client.get(path).location == "/password"
    assert client.get("/password").status_code == 200
    assert change(client, password) == 303
    attempt(client, "hoa", NEW)
    assert comes_in(client)


def test_a_weaker_hash_is_made_anew_at_the_next_sign_in(client: FlaskClient, lan: User) -> None:
    weak = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with database().writing() as session:
        session.get_one(User, lan.id).password_hash = weak
    assert attempt(client, "lan") == 303
    with database().reading() as session:
        assert session.get_one(User, lan.id).password_hash != weak
