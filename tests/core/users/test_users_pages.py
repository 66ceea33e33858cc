"""The operator's pages about users: each thing works, is noted, can be taken back, and refuses what it must."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.database import database
from core.migrations import expected_revision
from core.permissions.principal import SYSTEM
from core.users import services
from core.users.models import GrantRow, Token, User
from tests.core.conftest import OpenUser
from tests.support.cast import Cast

ONE_TIME = re.compile(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>")


@pytest.fixture
def operator(cast: Cast, client: FlaskClient) -> FlaskClient:
    return cast.operator.sign_in(client)


def found(username: str) -> User:
    with database().reading() as session:
        return session.scalars(select(User).where(User.username == username)).one()


def actions() -> list[str]:
    with database().reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def grants(user_id: int) -> list[tuple[str, str, bool]]:
    with database().reading() as session:
        rows = session.scalars(select(GrantRow).where(GrantRow.user_id == user_id).order_by(GrantRow.id))
        return [(row.role, row.scope, row.ended_at is None) for row in rows]


def test_everybody_is_listed_with_roles_and_places(operator: FlaskClient, cast: Cast) -> None:
    page = operator.get("/users/").text
    for words in ("Đăng Ký", f"({cast.market_a})", cast.stall_a, "Người đăng ký của ban quản lý"):
        assert words in page


def test_users_in_force_are_open_and_not_a_difference_that_is_left_to_do(operator: FlaskClient) -> None:
    page = operator.get("/users/").text
    assert "đang hoạt động" in page
    assert "chưa xử lý" not in page


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("q=phe duy", ">Phê Duyệt<", ">Đăng Ký<"),
        ("role=operator", ">Vận Hành<", ">Đăng Ký<"),
        ("state=disabled", "Không có người dùng nào khớp", ">Đăng Ký<"),
        ("role=king&state=odd&after=x", ">Vận Hành<", "Không có người dùng nào khớp"),
    ],
)
def test_the_list_is_narrowed(operator: FlaskClient, query: str, there: str, not_there: str) -> None:
    page = operator.get(f"/users/?{query}").text
    assert there in page
    assert not_there not in page


def test_a_long_list_goes_on_where_it_ended(operator: FlaskClient, cast: Cast, open_user: OpenUser) -> None:
    for number in range(60):
        with database().writing() as session:
            services.add_user(session, SYSTEM, services.NewUser(f"many{number:03}", "Nhiều Người", None))
    pages, url = [], "/users/?q=nhieu"
    while url:
        page = operator.get(url).text
        pages.append(re.findall(r"<code>(many\d{3})</code>", page))
        more = re.search(r'rel="next" href="([^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert [len(page) for page in pages] == [50, 10]
    assert len({name for page in pages for name in page}) == 60


def test_a_user_is_opened_with_a_one_time_password(app: Flask, operator: FlaskClient, cast: Cast) -> None:
    data = {"name": "Mười Hai", "username": "0900 111 222", "role": "registrar", "place": cast.market_a.lower()}
    answer = operator.post("/users/new", data=data)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "private, no-store"
    password = ONE_TIME.search(answer.text)
    assert password
    user = found("0900111222")
    assert grants(user.id) == [("registrar", "market", True)]
    assert user.must_change_password
    other = app.test_client()
    signed = other.post("/sign-in", data={"username": "0900111222", "password": password[1]})
    assert signed.status_code == 303
    assert actions()[-2:] == ["user.open", "grant.give"]
    assert password[1] not in operator.get(f"/users/{user.id}").text


@pytest.mark.parametrize(
    ("role", "place", "scope"),
    [
        ("operator", "", "everywhere"),
        ("vendor", "{stall}", "stall"),
        ("registrar", "689", "area"),
        ("district_officer", "689", "area"),
        ("province_officer", "75", "area"),
    ],
)
def test_a_role_finds_its_kind_of_place(operator: FlaskClient, cast: Cast, role: str, place: str, scope: str) -> None:
    data = {"name": "A", "username": "abc", "role": role, "place": place.format(stall=cast.stall_a)}
    assert operator.post("/users/new", data=data).status_code == 201
    assert grants(found("abc").id) == [(role, scope, True)]


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "x" * 121}, 422, "name"),
        ({"username": "ab"}, 422, "username"),
        ({"username": "lê thị"}, 422, "username"),
        ({"role": ""}, 422, "role"),
        ({"role": "king"}, 422, "role"),
        ({"place": "ZZ99"}, 422, "place"),
        ({"place": ""}, 422, "place"),
        ({"role": "operator"}, 422, "place"),
        ({"role": "province_officer", "place": "689"}, 422, "place"),
        ({"role": "vendor"}, 422, "place"),
    ],
)
def test_a_bad_user_is_refused_beside_its_field(
    operator: FlaskClient, cast: Cast, changed: dict[str, str], status: int, field: str
) -> None:
    data = {"name": "A", "username": "abc", "role": "registrar", "place": cast.market_a} | changed
    before = len(actions())
    answer = operator.post("/users/new", data=data)
    assert answer.status_code == status
    assert f'id="field-{field}-error"' in answer.text
    assert len(actions()) == before


def test_a_taken_name_is_refused(operator: FlaskClient, cast: Cast) -> None:
    data = {"name": "A", "username": cast.registrar.username, "role": "operator"}
    answer = operator.post("/users/new", data=data)
    assert answer.status_code == 409
    assert 'id="field-username-error"' in answer.text


def test_an_operator_makes_no_administrator(operator: FlaskClient) -> None:
    data = {"name": "A", "username": "abc", "role": "admin"}
    assert operator.post("/users/new", data=data).status_code == 403
    assert 'value="admin"' not in operator.get("/users/new").text


def test_an_administrator_makes_another(cast: Cast, client: FlaskClient) -> None:
    data = {"name": "A", "username": "abc", "role": "admin"}
    assert cast.admin.sign_in(client).post("/users/new", data=data).status_code == 201


def test_a_role_is_given_taken_away_and_given_again(operator: FlaskClient, cast: Cast) -> None:
    person = cast.approver.principal.user_id
    url = f"/users/{person}"
    assert operator.post(f"{url}/grants", data={"role": "field_agent", "place": cast.market_b}).status_code == 303
    assert "Muốn hoàn lại" in operator.get(url).text
    with database().reading() as session:
        row = session.scalars(select(GrantRow).order_by(GrantRow.id.desc())).first()
    assert row is not None
    assert operator.post(f"{url}/grants/{row.id}/end").status_code == 303
    assert grants(person)[-1] == ("field_agent", "market", False)
    assert operator.post(f"{url}/grants/{row.id}/again").status_code == 303
    assert grants(person)[-1] == ("field_agent", "market", True)
    assert actions()[-3:] == ["grant.give", "grant.end", "grant.give"]


def test_a_role_that_is_held_is_not_given_twice(operator: FlaskClient, cast: Cast) -> None:
    person = cast.approver.principal.user_id
    before = grants(person)
    operator.post(f"/users/{person}/grants", data={"role": "approver", "place": cast.market_a})
    assert grants(person) == before


def test_a_role_taken_away_counts_at_once(app: Flask, operator: FlaskClient, cast: Cast) -> None:
    person = cast.province_officer
    with database().reading() as session:
        row = session.scalars(select(GrantRow).where(GrantRow.user_id == person.principal.user_id)).one()
    body = {"code": "QQ01", "name": "Chợ Mới", "commune": "25210"}
    assert client_post(app, person.headers, body) != 403
    operator.post(f"/users/{person.principal.user_id}/grants/{row.id}/end")
    assert client_post(app, person.headers, body | {"code": "QQ02"}) == 403


def client_post(app: Flask, headers: dict[str, str], body: dict[str, Any]) -> int:
    return app.test_client().post("/api/v1/markets", json=body, headers=headers).status_code


def test_a_user_is_disabled_and_enabled_again(app: Flask, operator: FlaskClient, cast: Cast) -> None:
    person = cast.registrar
    other = person.sign_in(app.test_client())
    operator.post(f"/users/{person.principal.user_id}/disable")
    assert other.get("/password").status_code == 302
    assert app.test_client().get("/api/v1/areas", headers=person.headers).status_code == 401
    operator.post(f"/users/{person.principal.user_id}/enable")
    assert app.test_client().get("/api/v1/areas", headers=person.headers).status_code == 200
    assert other.get("/password").status_code == 302, "the old session stays ended"
    assert actions()[-2:] == ["user.disable", "user.enable"]


def test_a_forgotten_password_is_made_anew(app: Flask, operator: FlaskClient, cast: Cast) -> None:
    person = cast.registrar
    answer = operator.post(f"/users/{person.principal.user_id}/password")
    password = ONE_TIME.search(answer.text)
    assert password
    data = {"username": person.username, "password": password[1]}
    assert app.test_client().post("/sign-in", data=data).status_code == 303


def test_a_leaked_token_is_ended(app: Flask, operator: FlaskClient, cast: Cast) -> None:
    person = cast.registrar
    with database().reading() as session:
        token = session.scalars(select(Token).where(Token.user_id == person.principal.user_id)).one()
    operator.post(f"/users/{person.principal.user_id}/tokens/{token.id}/end")
    assert app.test_client().get("/api/v1/areas", headers=person.headers).status_code == 401
    operator.post(f"/users/{person.principal.user_id}/tokens/{token.id}/end")
    assert actions().count("token.end") == 1


@pytest.mark.parametrize("act", ["disable", "password", "grants/{grant}/end", "tokens/{token}/end"])
def test_an_operator_does_nothing_to_an_administrator(operator: FlaskClient, cast: Cast, act: str) -> None:
    admin = cast.admin.principal.user_id
    with database().reading() as session:
        grant = session.scalars(select(GrantRow.id).where(GrantRow.user_id == admin)).one()
        token = session.scalars(select(Token.id).where(Token.user_id == admin)).one()
    assert operator.post(f"/users/{admin}/{act.format(grant=grant, token=token)}").status_code == 403


@pytest.mark.parametrize("act", ["disable", "password", "grants/{grant}/end", "grants"])
def test_nobody_changes_their_own_user(operator: FlaskClient, cast: Cast, act: str) -> None:
    own = cast.operator.principal.user_id
    with database().reading() as session:
        grant = session.scalars(select(GrantRow.id).where(GrantRow.user_id == own)).one()
    data = {"role": "approver", "place": cast.market_a}
    answer = operator.post(f"/users/{own}/{act.format(grant=grant)}", data=data)
    assert answer.status_code == 409
    assert "Thu hồi" not in operator.get(f"/users/{own}").text


@pytest.mark.parametrize(
    "act",
    [
        "999999",
        "999999/disable",
        "{other}/grants/{grant}/end",
        "{other}/grants/{grant}/again",
        "{other}/tokens/9999/end",
    ],
)
def test_what_is_not_there_is_not_found(operator: FlaskClient, cast: Cast, act: str) -> None:
    with database().reading() as session:
        grant = session.scalars(select(GrantRow.id).where(GrantRow.user_id == cast.registrar.principal.user_id)).one()
    url = f"/users/{act.format(other=cast.approver.principal.user_id, grant=grant)}"
    call: Callable[..., Any] = operator.post if "/" in act else operator.get
    assert call(url).status_code == 404


# The trail of changes.


def test_the_trail_shows_who_what_and_when(operator: FlaskClient, cast: Cast) -> None:
    operator.post(f"/users/{cast.registrar.principal.user_id}/disable")
    page = operator.get("/system/changes").text
    assert "khóa người dùng" in page
    assert "Vận Hành" in page
    assert "✗ → ✓" in page


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("who=Vận", True),
        ("who=Ai khác", False),
        ("action=user.disable", True),
        ("action=grant.give", False),
        ("subject=user {id}", True),
        ("subject={id}", True),
        ("subject=stall {id}", False),
        ("from_day=2020-01-01", True),
        ("to_day=2020-01-01", False),
        ("before=1", False),
    ],
)
def test_the_trail_is_narrowed(operator: FlaskClient, cast: Cast, query: str, there: bool) -> None:
    person = cast.registrar.principal.user_id
    operator.post(f"/users/{person}/disable")
    page = operator.get(f"/system/changes?{query.format(id=person)}").text
    assert ("khóa người dùng</th>" in page) == there


@pytest.mark.parametrize(
    ("field", "day", "message"),
    [
        ("from_day", "31/02/2026", "Hãy ghi một ngày"),
        ("from_day", "0001-01-01", "Hãy ghi một ngày từ 1900-01-01 đến 2099-12-31."),
        ("to_day", "9999-12-31", "Hãy ghi một ngày từ 1900-01-01 đến 2099-12-31."),
    ],
)
def test_a_bad_day_is_refused_beside_its_field(operator: FlaskClient, field: str, day: str, message: str) -> None:
    answer = operator.get(f"/system/changes?{field}={day}")
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert message in answer.text


@pytest.mark.parametrize("day", ["1900-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_may_be_asked_for(operator: FlaskClient, day: str) -> None:
    assert operator.get(f"/system/changes?from_day={day}&to_day={day}").status_code == 200


def test_phone_numbers_and_users_are_shown_by_their_last_figures(operator: FlaskClient, cast: Cast) -> None:
    with database().reading() as session:
        recorded = str(session.execute(select(AuditEntry.after).where(AuditEntry.action == "stall.register")).all())
    numbers = re.findall(r"\b\d{8,}\b", recorded)
    assert numbers
    page = operator.get("/system/changes").text
    for number in numbers:
        assert number not in page
        assert f"…{number[-3:]}" in page


def test_the_system_says_what_it_runs_on(operator: FlaskClient, database_url: str) -> None:
    page = operator.get("/system").text
    assert ("SQLite" if database_url.startswith("sqlite") else "PostgreSQL") in page
    assert f"{expected_revision()}" in page
