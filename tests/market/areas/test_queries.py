"""Reading areas: codes used again, both trees, the mapping, searching."""

from datetime import date, timedelta

import pytest

from market.areas.models import Level
from market.areas.queries import (
    boundaries,
    children,
    find_area,
    on_the_ground_of,
    predecessors,
    search_areas,
    successors,
)

LAST_OLD, FIRST_NEW, CITY = date(2025, 6, 30), date(2025, 7, 1), date(2026, 4, 30)


@pytest.fixture
def find(areas, session):
    return lambda code, on=None: find_area(session, code, on)


def full_names(found, on=None):
    return [area.title(on).full_name for area in found]


def test_a_code_used_again_is_told_apart_by_the_day(find):
    assert find("25210", LAST_OLD).name == "Tiến Thành"
    assert find("25210", FIRST_NEW).name == "Đồng Xoài"
    assert find("25210").name == "Đồng Xoài"


def test_a_unit_that_ended_is_still_found_without_a_day(find):
    assert find("689").title().full_name == "Thành phố Đồng Xoài"
    assert find("689", FIRST_NEW) is None


def test_nothing_is_known_before_the_snapshot(find):
    assert find("689", date(2022, 9, 30)) is None


def test_titles_follow_the_day(find):
    assert find("75").title(CITY - timedelta(days=1)).full_name == "Tỉnh Đồng Nai"
    assert find("75").title(CITY).full_name == "Thành phố Đồng Nai"
    assert find("25357").title(FIRST_NEW).full_name == "Xã Tân Khai"
    assert find("25357").title(CITY).full_name == "Phường Tân Khai"
    assert find("25357").title(LAST_OLD).full_name == "Xã Tân Khai"


def test_children_are_those_right_below(find, session):
    assert len(children(session, find("70"))) == 11
    assert len(children(session, find("689"))) == 8
    assert len(children(session, find("75"))) == 40
    assert children(session, find("25210")) == []


def test_the_mapping_leads_forward_and_back(find, session):
    tien_thanh, dong_xoai = find("25210", LAST_OLD), find("25210")
    assert successors(session, [tien_thanh]) == {tien_thanh.id: [dong_xoai]}
    assert full_names(predecessors(session, [dong_xoai])[dong_xoai.id]) == ["Xã Tân Thành", "Phường Tiến Thành"]
    old, new, district = find("70"), find("75"), find("689")
    assert successors(session, [old, district]) == {old.id: [new], district.id: []}


STRADDLING = {
    "25220": {"688", "698"},
    "25318": {"692", "693"},
    "25326": {"690", "694"},
    "25351": {"694", "697"},
}


def test_four_communes_lie_across_old_districts(find, session):
    found = {}
    for commune in children(session, find("75")):
        districts = on_the_ground_of(session, commune, Level.DISTRICT, LAST_OLD)
        if len(districts) > 1:
            found[commune.code] = {district.code for district in districts}
    assert found == STRADDLING


def test_ground_is_shared_across_the_merger(find, session):
    assert len(on_the_ground_of(session, find("75"), Level.DISTRICT, LAST_OLD)) == 11
    assert len(on_the_ground_of(session, find("75"), Level.COMMUNE, LAST_OLD)) == 111
    assert len(on_the_ground_of(session, find("70"), Level.COMMUNE, FIRST_NEW)) == 40
    assert full_names(on_the_ground_of(session, find("689"), Level.COMMUNE, FIRST_NEW)) == [
        "Phường Bình Phước",
        "Phường Đồng Xoài",
    ]
    assert on_the_ground_of(session, find("689"), Level.PROVINCE, FIRST_NEW) == [find("75")]


def test_outlines_come_for_the_areas_asked_for(find, session):
    district, commune, former = find("689"), find("25210"), find("25210", LAST_OLD)
    found = boundaries(session, [district.id, commune.id, former.id])
    assert set(found) == {district.id, commune.id}
    assert found[commune.id]["type"] == "Polygon"


def test_search_works_without_accents(areas, session):
    assert "Phường Đồng Xoài" in full_names(search_areas(session, "dong xoai"))
    assert full_names(search_areas(session, "DONG XOAI", FIRST_NEW)) == ["Phường Đồng Xoài"]


def test_search_takes_beginnings_of_words_in_any_order_and_wants_all_of_them(areas, session):
    assert full_names(search_areas(session, "xoai phu do", FIRST_NEW)) == ["Phường Đồng Xoài"]
    assert search_areas(session, "dong xoai 4") == []


def test_names_that_collide_without_accents_are_both_shown(areas, session):
    both = {"Xã Lộc Thành", "Xã Lộc Thạnh"}
    assert set(full_names(search_areas(session, "loc thanh", LAST_OLD))) == both
    assert set(full_names(search_areas(session, "Lộc Thạnh", LAST_OLD))) == both


def test_typed_accents_put_their_own_name_first(areas, session):
    for name in ("Lộc Thành", "Lộc Thạnh"):
        assert full_names(search_areas(session, name.lower()))[0] == f"Xã {name}"


def test_a_former_title_finds_the_unit_too(areas, session):
    assert full_names(search_areas(session, "xã tân khai", CITY)) == ["Phường Tân Khai"]


def test_signs_alone_find_nothing(areas, session):
    for text in ("", "%", "_", "!?", "\\"):
        assert search_areas(session, text) == []
