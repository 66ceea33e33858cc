"""Bringing the areas in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.database import unit_of_work
from core.search import index_words
from market.areas.models import Area, AreaBoundary, AreaSuccession, AreaTitle
from market.areas.registry import AreaKey, ListedArea
from market.loading import Loaded

_Known = dict[AreaKey, Area]


@unit_of_work
def load_areas(session: Session, listed: Sequence[ListedArea]) -> Loaded:
    """Make the registry of areas say what is listed, in one unit of work.

    Units that are not listed stay as they are. Running it again changes nothing.
    """
    known: _Known = {
        (area.code, area.valid_from): area for area in session.scalars(select(Area).options(selectinload(Area.titles)))
    }
    added = {unit.key for unit in listed if unit.key not in known}
    changed = {unit.key for unit in listed if _write_unit(session, known, unit)}
    session.flush()
    changed |= _write_outlines(session, known, listed)
    changed |= _write_successions(session, known, listed)
    return Loaded(len(added), len(changed - added), len(listed) - len(added | changed))


def _write_unit(session: Session, known: _Known, unit: ListedArea) -> bool:
    """Whether anything had to be written."""
    area = known.get(unit.key)
    if area is None:
        area = known[unit.key] = Area(code=unit.key[0], valid_from=unit.key[1])
        session.add(area)
    area.valid_to = unit.valid_to
    area.level = unit.level.value
    area.name = unit.name
    area.search_key = index_words(*(unit.full_name(title) for title in unit.titles))
    area.parent = known[unit.parent] if unit.parent else None
    titles = {title.valid_from: title for title in area.titles}
    area.titles = [
        _write_title(titles.get(title.valid_from), title.valid_from, title.type, unit.full_name(title))
        for title in unit.titles
    ]
    return session.is_modified(area) or any(session.is_modified(title) for title in area.titles)


def _write_title(row: AreaTitle | None, valid_from: object, type_: str, full_name: str) -> AreaTitle:
    # A row that stands is corrected in place: SQLAlchemy inserts before it deletes, which the unique key would refuse.
    row = row or AreaTitle(valid_from=valid_from)
    row.type, row.full_name = type_, full_name
    return row


def _write_outlines(session: Session, known: _Known, listed: Sequence[ListedArea]) -> set[AreaKey]:
    rows = {row.area_id: row for row in session.scalars(select(AreaBoundary))}
    changed = set()
    for unit in listed:
        area_id = known[unit.key].id
        row = rows.get(area_id)
        if unit.geometry == (row.geometry if row else None):
            continue
        changed.add(unit.key)
        if unit.geometry is None:
            session.delete(row)
        elif row is None:
            session.add(AreaBoundary(area_id=area_id, geometry=unit.geometry))
        else:
            row.geometry = unit.geometry
    return changed


def _write_successions(session: Session, known: _Known, listed: Sequence[ListedArea]) -> set[AreaKey]:
    rows = {(row.predecessor_id, row.successor_id): row for row in session.scalars(select(AreaSuccession))}
    changed = set()
    for unit in listed:
        area_id = known[unit.key].id
        wanted = {(area_id, known[key].id) for key in unit.successors}
        standing = {pair for pair in rows if pair[0] == area_id}
        if wanted == standing:
            continue
        changed.add(unit.key)
        session.add_all(AreaSuccession(predecessor_id=old, successor_id=new) for old, new in wanted - standing)
        for pair in standing - wanted:
            session.delete(rows[pair])
    return changed
