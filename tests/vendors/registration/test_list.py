from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.cast import Cast, Person, approved_stall, new_stall
from vendors.registration import services


def codes(client: FlaskClient, person: Person, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/stalls{query}", headers=person.headers)
    assert answer.status_code == 200, answer.json
    return [stall["code"] for stall in answer.json["items"]]


def test_everybody_sees_what_lies_within_their_grants(client: FlaskClient, cast: Cast) -> None:
    assert codes(client, cast.admin) == [cast.stall_b, cast.stall_a]
    assert codes(client, cast.registrar) == [cast.stall_a]
    assert codes(client, cast.vendor_b) == [cast.stall_b]
    assert codes(client, cast.outsider) == []


def test_officials_see_no_single_stall(client: FlaskClient, cast: Cast) -> None:
    for officer in (cast.commune_officer, cast.district_officer, cast.province_officer):
        assert client.get("/api/v1/stalls", headers=officer.headers).status_code == 403


def test_it_comes_in_pages(client: FlaskClient, cast: Cast) -> None:
    for number in ("A002", "A003"):
        services.register(cast.registrar.principal, new_stall(cast.market_a, number))
    first = client.get("/api/v1/stalls?limit=2", headers=cast.registrar.headers).json
    assert [stall["code"] for stall in first["items"]] == ["DX01-A001", "DX01-A002"]
    assert codes(client, cast.registrar, f"?limit=2&after={first['next']}") == ["DX01-A003"]
    assert client.get("/api/v1/stalls?limit=3", headers=cast.registrar.headers).json["next"] is None


def test_it_is_narrowed_by_market_and_status(client: FlaskClient, cast: Cast) -> None:
    services.register(cast.registrar.principal, new_stall(cast.market_a, "A002"))
    assert codes(client, cast.admin, f"?market={cast.market_a}&status=pending") == ["DX01-A002"]
    assert codes(client, cast.admin, f"?market={cast.market_b}&status=active") == [cast.stall_b]


def test_it_is_searched_without_accents_over_code_vendor_holder_and_goods(client: FlaskClient, cast: Cast) -> None:
    account = services.AccountGiven("970436", "123456", "LE VAN TAM")
    services.register(
        cast.registrar.principal,
        services.NewStall(cast.market_a, "A077", "Thịt bò", "Đặng Thị Bông", "0903123456", account),
    )
    for q in ("a077", "DX01-A077", "dang bong", "Đặng Thị", "le van tam", "thit bo"):
        assert codes(client, cast.registrar, f"?q={q}") == ["DX01-A077"], q
    assert codes(client, cast.registrar, "?q=khong co") == []


def test_the_search_follows_corrections(client: FlaskClient, cast: Cast) -> None:
    stall = approved_stall(cast.registrar.principal, cast.approver.principal, cast.market_a, "A002")
    services.edit(cast.registrar.principal, stall.code, services.StallChange(goods_line="Hoa tươi"))
    assert codes(client, cast.registrar, "?q=hoa tuoi") == ["DX01-A002"]


def test_one_stall_is_shown_to_its_own_vendor_alone(client: FlaskClient, cast: Cast) -> None:
    assert client.get(f"/api/v1/stalls/{cast.stall_a}", headers=cast.vendor_a.headers).status_code == 200
    assert client.get(f"/api/v1/stalls/{cast.stall_a}", headers=cast.vendor_b.headers).status_code == 404
    assert client.get(f"/api/v1/stalls/{cast.stall_a.lower()}", headers=cast.registrar.headers).status_code == 200


def test_a_wrong_query_is_refused(client: FlaskClient, cast: Cast) -> None:
    for query in ("?status=gone", "?limit=0", "?limit=201", "?colour=blue"):
        assert client.get(f"/api/v1/stalls{query}", headers=cast.registrar.headers).status_code == 422, query
