"""The markets of the REST API."""

from datetime import date

import pytest

from core.database import database
from core.permissions.roles import Role
from market.areas.models import Area, AreaTitle

NEW = {"code": "DX04", "name": "Chợ Tân Đồng", "commune": "25195", "former_commune": "25198"}


@pytest.fixture
def get(places, client, bearer):
    headers = bearer(Role.COMMUNE_OFFICER, area="25225")

    def ask(path="", **query):
        return client.get(f"/api/v1/markets{path}", query_string=query, headers=headers)

    return ask


@pytest.fixture
def post(places, client, bearer):
    def send(body, role=Role.OPERATOR, **target):
        return client.post("/api/v1/markets", json=body, headers=bearer(role, **target))

    return send


def codes(answer):
    return [item["code"] for item in answer.json["items"]]


def test_it_works(get):
    assert len(codes(get())) == 31
    answer = get("/dx03")
    assert answer.status_code == 200
    assert answer.json == {
        "code": "DX03",
        "name": "Chợ Tân Thành",
        "province": {"code": "75", "name": "Đồng Nai", "full_name": "Thành phố Đồng Nai"},
        "commune": {"code": "25210", "name": "Đồng Xoài", "full_name": "Phường Đồng Xoài"},
        "district": {"code": "689", "name": "Đồng Xoài", "full_name": "Thành phố Đồng Xoài"},
        "former_commune": {"code": "25207", "name": "Tân Thành", "full_name": "Xã Tân Thành"},
        "stalls_reported": None,
        "evidence": "unconfirmed",
        "sources": [],
    }


def test_it_narrows_by_areas_of_either_tree_and_by_name(get):
    assert codes(get(area="688")) == ["PL01", "PL02"]
    assert codes(get(area="25210")) == ["DX03"]
    assert codes(get(area="25210", on="2025-06-30")) == []
    assert codes(get(area="689", q="tan thanh")) == ["DX03"]
    assert codes(get(q="tan phu dong")) == ["DP01"]


@pytest.mark.parametrize("query", [{}, {"q": "tân"}], ids=["all", "search"])
def test_pages_hold_every_market_once(get, query):
    whole = codes(get(**query, limit=200))
    seen, after = [], None
    while after or not seen:
        page = get(**query, limit=4, **({"after": after} if after else {}))
        seen += codes(page)
        after = page.json["next"]
    assert seen == whole
    assert len(seen) > 4


def test_one_that_is_not_there_is_404(get):
    answer = get("/ZZ99")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_without_a_token_reading_is_refused(places, client):
    for path in ("", "/DX01"):
        answer = client.get(f"/api/v1/markets{path}")
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_a_bad_query_is_refused_by_its_field(get):
    for query, field in (
        ({"district": "689"}, "district"),
        ({"area": "999"}, "area"),
        ({"on": "today"}, "on"),
        ({"on": "0001-01-01"}, "on"),
    ):
        answer = get(**query)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_a_market_is_set_up(post, get):
    answer = post(NEW)
    assert answer.status_code == 201
    assert answer.json["commune"]["full_name"] == "Phường Bình Phước"
    assert answer.json["district"]["code"] == "689"
    assert get("/DX04").json == answer.json


def test_an_officer_sets_up_within_the_province(post):
    assert post(NEW, Role.PROVINCE_OFFICER, area="75").status_code == 201


def test_outside_the_grant_it_is_refused(post, get):
    with database().writing() as session:
        title = AreaTitle(valid_from=date(2025, 7, 1), type="Tỉnh", full_name="Tỉnh Nơi Khác")
        elsewhere = Area(code="79", valid_from=date(2025, 7, 1), level="province", name="Nơi Khác", search_key="")
        elsewhere.titles = [title]
        session.add(elsewhere)
    answer = post(NEW, Role.PROVINCE_OFFICER, area="79")
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert get("/DX04").status_code == 404


def test_a_role_without_the_permission_is_refused(post):
    answer = post(NEW, Role.REGISTRAR, market="DX01")
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_without_a_token_setting_up_is_refused(places, client):
    assert client.post("/api/v1/markets", json=NEW).status_code == 401


def test_a_taken_code_is_refused(post):
    answer = post(NEW | {"code": "dx01"})
    assert (answer.status_code, answer.json["code"]) == (409, "market_code_taken")


BAD = [
    ({"stalls": 12}, "stalls"),
    ({"code": "DX4"}, "code"),
    ({"code": "D004"}, "code"),
    ({"code": "DX04\n5"}, "code"),
    ({"code": "ĐX04"}, "code"),
    ({"code": 4}, "code"),
    ({"code": None}, "code"),
    ({"name": "  "}, "name"),
    ({"name": "x" * 121}, "name"),
    ({"name": "Chợ\x00"}, "name"),
    ({"commune": "99999"}, "commune"),
    ({"commune": "689"}, "commune"),
    ({"commune": "25207"}, "commune"),
    ({"former_commune": "25207"}, "former_commune"),
]


def test_a_bad_field_is_named(post, get):
    for change, field in BAD:
        answer = post(NEW | change)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_input"), change
        assert list(answer.json["errors"]) == [field], change
    assert get("/DX04").status_code == 404


def test_a_missing_field_is_named(post):
    for field in ("code", "name", "commune"):
        answer = post({name: value for name, value in NEW.items() if name != field})
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_the_same_key_sets_up_once(places, client, bearer):
    headers = bearer(Role.OPERATOR) | {"Idempotency-Key": "a-key-of-a-test"}
    first = client.post("/api/v1/markets", json=NEW, headers=headers)
    again = client.post("/api/v1/markets", json=NEW, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
