"""The shipped files against each other, before any database sees them."""

import json
from datetime import date
from itertools import pairwise

from market.areas.models import Level
from market.areas.registry import DATA, read_areas

OLD, NEW = date(2022, 10, 1), date(2025, 7, 1)


def of(level, valid_from):
    return {unit.key: unit for unit in read_areas() if unit.level == level and unit.key[1] == valid_from}


def test_the_trees_have_the_units_that_the_law_counted():
    assert len(of(Level.PROVINCE, OLD)) == len(of(Level.PROVINCE, NEW)) == 1
    assert len(of(Level.DISTRICT, OLD)) == 11
    assert len(of(Level.COMMUNE, OLD)) == 111
    assert len(of(Level.DISTRICT, NEW)) == 0
    assert len(of(Level.COMMUNE, NEW)) == 40


def test_no_code_stands_twice_in_one_tree():
    keys = [unit.key for unit in read_areas()]
    assert len(keys) == len(set(keys)) == 164


def test_every_parent_comes_first_and_every_successor_is_listed():
    seen = set()
    units = read_areas()
    keys = {unit.key for unit in units}
    for unit in units:
        assert unit.parent is None or unit.parent in seen
        assert set(unit.successors) <= keys
        seen.add(unit.key)


def test_each_old_commune_went_whole_into_the_commune_that_names_it():
    forward = {(unit.key[0], code) for unit in of(Level.COMMUNE, OLD).values() for code, _day in unit.successors}
    rows = json.loads((DATA / "areas_dong_nai_2025.json").read_text())["communes"]
    backward = {(part, row["code"]) for row in rows for part in row["merged_from"]}
    assert forward == backward
    assert len(forward) == 111
    assert {new for _old, new in forward} == {code for code, _day in of(Level.COMMUNE, NEW)}


def test_districts_ended_without_a_successor():
    assert all(unit.successors == () for unit in of(Level.DISTRICT, OLD).values())


def test_outlines_are_closed_rings_within_the_former_province():
    with_outline = [unit for unit in read_areas() if unit.geometry]
    assert len(with_outline) == 11 + 40
    for unit in with_outline:
        assert unit.geometry["type"] == "Polygon"
        for ring in unit.geometry["coordinates"]:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert all(106.4 < longitude < 107.45 and 11.3 < latitude < 12.3 for longitude, latitude in ring)


def test_outlines_enclose_about_as_many_square_kilometres_as_the_communes_have():
    official = {
        row["code"]: row["area_km2"] for row in json.loads((DATA / "areas_dong_nai_2025.json").read_text())["communes"]
    }
    for (code, _day), unit in of(Level.COMMUNE, NEW).items():
        assert abs(square_kilometres(unit.geometry) - official[code]) < 0.03 * official[code]


def square_kilometres(geometry):
    ring = geometry["coordinates"][0]
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
    km_per_degree_squared = 110.6 * 111.32 * 0.9789  # at 11.8 degrees north
    return abs(twice) / 2 * km_per_degree_squared
