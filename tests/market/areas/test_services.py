"""Loading areas, on both databases."""

from datetime import date

import pytest
from sqlalchemy import func, select

from core.database import database
from market.areas.models import Area, AreaBoundary, AreaSuccession, AreaTitle
from market.areas.queries import boundaries, find_area
from market.areas.registry import read_areas
from market.areas.services import load_areas
from market.loading import Loaded


def test_areas_are_loaded(app, session):
    assert load_areas(read_areas()) == Loaded(added=164, changed=0, unchanged=0)
    counts = session.execute(
        select(Area.level, Area.valid_to.is_(None), func.count()).group_by(Area.level, Area.valid_to)
    )
    assert {(level, standing): n for level, standing, n in counts} == {
        ("province", False): 1,
        ("district", False): 11,
        ("commune", False): 111,
        ("province", True): 1,
        ("commune", True): 40,
    }
    assert session.scalar(select(func.count()).select_from(AreaSuccession)) == 112
    assert session.scalar(select(func.count()).select_from(AreaBoundary)) == 51


def test_loading_again_changes_nothing(areas):
    assert load_areas(read_areas()) == Loaded(added=0, changed=0, unchanged=164)


@pytest.mark.parametrize("spoil", ["name", "title", "outline", "mapping", "parent"])
def test_what_was_spoiled_is_put_right_and_counted(areas, session, spoil):
    with database().writing() as writing:
        area = find_area(writing, "25195", date(2025, 7, 1))
        former = find_area(writing, "25198")
        match spoil:
            case "name":
                area.name = "Bình Phước (sai)"
            case "title":
                area.titles.append(AreaTitle(valid_from=date(2026, 1, 1), type="Xã", full_name="Xã Bình Phước"))
            case "outline":
                writing.get_one(AreaBoundary, area.id).geometry = {"type": "Polygon", "coordinates": []}
            case "mapping":
                row = writing.scalars(select(AreaSuccession).where(AreaSuccession.predecessor_id == former.id)).one()
                row.successor_id = find_area(writing, "25210").id
            case "parent":
                former.parent = find_area(writing, "688")
    assert load_areas(read_areas()) == Loaded(added=0, changed=1, unchanged=163)
    assert load_areas(read_areas()) == Loaded(added=0, changed=0, unchanged=164)
    area = find_area(session, "25195")
    assert (area.name, len(area.titles)) == ("Bình Phước", 1)
    assert boundaries(session, [area.id])[area.id]["coordinates"]


def test_the_command_says_what_it_did(app):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["areas", "load"]).output == "areas: 164 added, 0 changed, 0 unchanged\n"
    again = runner.invoke(args=["areas", "load"])
    assert (again.exit_code, again.output) == (0, "areas: 0 added, 0 changed, 164 unchanged\n")
