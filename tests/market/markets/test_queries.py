"""Reading markets: by either tree, by grants, by groups, by name."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import or_, select, true

from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from market.areas.queries import find_area
from market.areas.registry import read_areas
from market.markets.models import Market
from market.markets.queries import (
    GroupBy,
    area_of,
    find_market,
    in_areas,
    list_markets,
    place_of,
    search_markets,
    within_grants,
)
from market.markets.registry import read_markets
from market.markets.services import NewMarket, create_market

LAST_OLD, FIRST_NEW = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture
def codes_in(places, session):
    def codes(code, on=None):
        return [market.code for market in list_markets(session, in_areas([find_area(session, code, on).id]))]

    return codes


def test_every_district_of_old_and_every_commune_holds_the_markets_of_the_file(codes_in):
    listed = read_markets()
    for field, on in (("district", LAST_OLD), ("former_commune", LAST_OLD), ("commune", FIRST_NEW)):
        wanted = Counter(getattr(market, field) for market in listed)
        for code, count in wanted.items():
            found = codes_in(code, on)
            assert len(found) == count
            assert found == sorted(market.code for market in listed if getattr(market, field) == code)


def test_either_province_holds_all_of_them(codes_in):
    assert len(codes_in("70")) == len(codes_in("75")) == 31


def test_a_code_used_again_means_the_area_of_the_day(codes_in):
    assert codes_in("25210", FIRST_NEW) == ["DX03"]
    assert codes_in("25210", LAST_OLD) == []


def test_an_area_without_a_market_is_empty(codes_in):
    assert codes_in("25198") == []


def test_several_areas_are_joined_and_none_hold_nothing(places, session):
    ids = [find_area(session, code).id for code in ("688", "690")]
    assert len(session.scalars(select(Market).where(in_areas(ids))).all()) == 4
    assert session.scalars(select(Market).where(in_areas([]))).all() == []


def test_rows_of_other_floors_are_narrowed_by_market_id(places, session):
    ids = select(Market.id).where(in_areas([find_area(session, "688").id]))
    narrowed = select(Market.code).where(or_(Market.id.in_(ids), Market.code == "DX01")).order_by(Market.code)
    assert session.scalars(narrowed).all() == ["DX01", "PL01", "PL02"]


def test_grants_become_a_condition_that_agrees_with_the_rule_for_one_place(places, session):
    markets = session.scalars(select(Market)).all()
    dx01 = find_market(session, "DX01")
    grants = {
        "everywhere": Grant(Role.ADMIN, Scope.EVERYWHERE),
        "market": Grant(Role.REGISTRAR, Scope.MARKET, dx01.id),
        "stall": Grant(Role.VENDOR, Scope.STALL, dx01.id),
    }
    for unit in read_areas():
        code, valid_from = unit.key
        grants[f"{code} {valid_from}"] = Grant(Role.REGISTRAR, Scope.AREA, find_area(session, code, valid_from).id)
    for grant in grants.values():
        found = set(session.scalars(select(Market.code).where(within_grants([grant]))))
        assert found == {market.code for market in markets if grant.covers(place_of(market))}


def test_several_grants_add_up_and_none_give_nothing(places, session):
    grants = [
        Grant(Role.REGISTRAR, Scope.MARKET, find_market(session, "DX01").id),
        Grant(Role.REGISTRAR, Scope.AREA, find_area(session, "688").id),
    ]
    found = session.scalars(select(Market.code).where(within_grants(grants)).order_by(Market.code)).all()
    assert found == ["DX01", "PL01", "PL02"]
    assert session.scalars(select(Market).where(within_grants([]))).all() == []


@pytest.fixture
def area_codes(session):
    def codes(by):
        areas = {market.code: area_of(market, by) for market in list_markets(session)}
        return {code: area.code if area else None for code, area in areas.items()}

    return codes


def test_every_market_has_the_areas_that_the_file_says(places, area_codes):
    listed = read_markets()
    assert area_codes(GroupBy.DISTRICT) == {market.code: market.district for market in listed}
    assert area_codes(GroupBy.COMMUNE) == {market.code: market.commune for market in listed}
    assert set(area_codes(GroupBy.PROVINCE).values()) == {"75"}


def test_a_market_without_a_former_commune_has_no_district(places, area_codes):
    create_market(SYSTEM, NewMarket("DX04", "Chợ Mới", "25195"))
    assert area_codes(GroupBy.DISTRICT)["DX04"] is None
    assert area_codes(GroupBy.COMMUNE)["DX04"] == "25195"


def names(found):
    return [market.name for market in found]


def test_search_works_with_and_without_accents_and_by_code(places, session):
    assert names(search_markets(session, "cho dong xoai")) == ["Chợ Đồng Xoài"]
    assert names(search_markets(session, "Đồng Xoài")) == ["Chợ Đồng Xoài"]
    assert names(search_markets(session, "dx01")) == ["Chợ Đồng Xoài"]
    assert names(search_markets(session, "duc phong")) == ["Chợ Bù Đăng (chợ Đức Phong)"]


def test_typed_accents_put_their_own_name_first(places, session):
    create_market(SYSTEM, NewMarket("DX04", "Chợ Tân Thạnh", "25195"))
    for typed, first in (("tân thạnh", "Chợ Tân Thạnh"), ("tân thành", "Chợ Tân Thành")):
        assert names(search_markets(session, typed))[0] == first
        assert set(names(search_markets(session, typed))) == {"Chợ Tân Thạnh", "Chợ Tân Thành"}


def test_search_is_narrowed_by_conditions(places, session):
    assert len(search_markets(session, "tân", true())) > 1
    assert names(search_markets(session, "tân", in_areas([find_area(session, "694").id]))) == [
        "Chợ Tân Khai",
        "Chợ Tân Quan",
    ]
