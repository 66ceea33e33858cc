"""GET /api/v1/areas."""

import pytest

from core.permissions.roles import Role


@pytest.fixture
def get(areas, client, bearer):
    headers = bearer(Role.COMMUNE_OFFICER, area="25210")

    def ask(**query):
        return client.get("/api/v1/areas", query_string=query, headers=headers)

    return ask


def test_it_works(get):
    answer = get(q="tiến thành")
    assert answer.status_code == 200
    assert answer.json == {
        "items": [
            {
                "code": "25210",
                "valid_from": "2022-10-01",
                "valid_to": "2025-06-30",
                "level": "commune",
                "name": "Tiến Thành",
                "full_name": "Phường Tiến Thành",
                "parent": "689",
                "successors": [{"code": "25210", "valid_from": "2025-07-01", "full_name": "Phường Đồng Xoài"}],
            }
        ],
        "next": None,
    }


def test_pages_hold_every_area_once(get):
    seen, after = [], None
    while True:
        page = get(limit=60, **({"after": after} if after else {})).json
        seen += [(item["code"], item["valid_from"]) for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 164
    assert seen == sorted(seen)


def test_pages_of_a_search_hold_every_area_once(get):
    whole = [item["code"] for item in get(q="tân", limit=200).json["items"]]
    seen, after = [], None
    while after or not seen:
        page = get(q="tân", limit=7, **({"after": after} if after else {})).json
        seen += [item["code"] for item in page["items"]]
        after = page["next"]
    assert seen == whole
    assert len(seen) > 14


def test_it_narrows_by_level_parent_and_day(get):
    assert len(get(level="district").json["items"]) == 11
    assert get(level="district", on="2025-07-01").json["items"] == []
    assert len(get(parent="75", on="2025-07-01").json["items"]) == 40
    assert len(get(parent="689").json["items"]) == 8
    [province] = get(level="province", on="2025-07-01").json["items"]
    assert province["full_name"] == "Tỉnh Đồng Nai"


def test_without_a_token_it_refuses(areas, client):
    answer = client.get("/api/v1/areas")
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


BAD = [
    ({"lvl": "district"}, "lvl"),
    ({"level": "village"}, "level"),
    ({"on": "30/06/2025"}, "on"),
    ({"on": "9999-12-31"}, "on"),
    ({"parent": "999"}, "parent"),
    ({"after": "25210"}, "after"),
    ({"limit": 0}, "limit"),
    ({"limit": 201}, "limit"),
]


def test_a_bad_query_is_refused_by_its_field(get):
    for query, field in BAD:
        answer = get(**query)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_input"), query
        assert list(answer.json["errors"]) == [field], query
