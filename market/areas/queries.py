"""Reading areas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from core import search
from market.areas.models import Area, AreaBoundary, AreaSuccession, Level
from market.areas.registry import AreaKey


def find_area(session: Session, code: str, on: date | None = None) -> Area | None:
    """The unit that carried the code on a day; without a day the newest one, whether or not it still stands."""
    statement = select(Area).where(Area.code == code).order_by(Area.valid_from.desc()).limit(1)
    if on is not None:
        statement = statement.where(standing(on))
    return session.scalars(statement).first()


def find_area_id(session: Session, code: str) -> int | None:
    """Its id, for grants."""
    area = find_area(session, code)
    return area.id if area else None


def level_of_area(session: Session, area_id: int) -> str | None:
    """Its level, for grants of officers; None when there is no such area."""
    return session.scalar(select(Area.level).where(Area.id == area_id))


def name_areas(session: Session, area_ids: Collection[int]) -> dict[int, str]:
    """What areas are called, with their codes, for grants: "Phường Đồng Xoài (25210)"."""
    areas = session.scalars(_with_titles().where(Area.id.in_(area_ids)))
    return {area.id: f"{area.title().full_name} ({area.code})" for area in areas}


def standing(on: date) -> ColumnElement[bool]:
    """The condition that a unit stood on a day."""
    return and_(Area.valid_from <= on, or_(Area.valid_to.is_(None), Area.valid_to >= on))


def children(session: Session, area: Area) -> Sequence[Area]:
    """The units right below, by code."""
    return session.scalars(_with_titles().where(Area.parent_id == area.id)).all()


def subtree_ids(area_ids: Collection[int]) -> Select[int]:
    """The ids of units with everything below them, each in its own tree; for use in a condition."""
    top = select(Area.id).where(Area.id.in_(area_ids)).cte(recursive=True)
    tree = top.union(select(Area.id).join(top, Area.parent_id == top.c.id))
    return select(tree.c.id)


def successors(session: Session, areas: Iterable[Area]) -> dict[int, list[Area]]:
    """For each area's id the units that it went into, by code; an empty list while it stands or for a district."""
    return _across(session, areas, AreaSuccession.predecessor_id, AreaSuccession.successor_id)


def predecessors(session: Session, areas: Iterable[Area]) -> dict[int, list[Area]]:
    """For each area's id the units that it was made of, by code."""
    return _across(session, areas, AreaSuccession.successor_id, AreaSuccession.predecessor_id)


def _across(session: Session, areas: Iterable[Area], here: Any, there: Any) -> dict[int, list[Area]]:
    found: dict[int, list[Area]] = {area.id: [] for area in areas}
    statement = (
        select(here, Area)
        .select_from(AreaSuccession)
        .join(Area, Area.id == there)
        .where(here.in_(found))
        .options(selectinload(Area.titles))
        .order_by(Area.code, Area.valid_from)
    )
    for area_id, other in session.execute(statement):
        found[area_id].append(other)
    return found


def on_the_ground_of(session: Session, area: Area, level: Level, on: date) -> list[Area]:
    """The units of a level, as of a day, that share ground with an area of either tree, by code.

    The communes of today on the ground of a district of old, or the districts of old on that of a province of today.
    Districts are asked for with any day before they ended.
    """
    below = session.scalars(select(Area).where(Area.id.in_(subtree_ids([area.id])), Area.level == Level.COMMUNE)).all()
    communes = {commune.id: commune for commune in below}
    for crossed in (successors(session, below), predecessors(session, below)):
        communes |= {other.id: other for others in crossed.values() for other in others}
    found = {}
    for commune in communes.values():
        node: Area | None = commune
        while node is not None and node.level != level:
            node = node.parent
        if node is not None and node.valid_from <= on and (node.valid_to is None or on <= node.valid_to):
            found[node.id] = node
    return sorted(found.values(), key=lambda unit: (unit.code, unit.valid_from))


def boundaries(session: Session, area_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The outlines that we have: area id → GeoJSON geometry in degrees, longitude first."""
    rows = session.scalars(select(AreaBoundary).where(AreaBoundary.area_id.in_(area_ids)))
    return {row.area_id: row.geometry for row in rows}


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """What to narrow a list of areas to; each part is left out when it is None.

    `parent` is a code, `on` a day on which the units stood, `text` what `search_areas` takes.
    """

    level: Level | None = None
    parent: str | None = None
    on: date | None = None
    text: str | None = None


def search_areas(session: Session, text: str, on: date | None = None) -> list[Area]:
    """The areas whose names or titles have words that begin with every word of the text, accents or not; best first.

    A text with accents puts first the names that carry the same ones; "loc thanh" gives Lộc Thành and Lộc Thạnh.
    """
    return list_areas(session, AreaFilter(on=on, text=text))


def list_areas(
    session: Session, narrowed: AreaFilter, after: AreaKey | None = None, limit: int | None = None
) -> list[Area]:
    """The areas of both trees, by (code, first day) or, for a text, best first: at most `limit` after `after`."""
    statement = _with_titles()
    if narrowed.level is not None:
        statement = statement.where(Area.level == narrowed.level)
    if narrowed.parent is not None:
        above = aliased(Area)
        statement = statement.join(above, Area.parent_id == above.id).where(above.code == narrowed.parent)
    if narrowed.on is not None:
        statement = statement.where(standing(narrowed.on))
    if narrowed.text is None:
        if after is not None:
            code, valid_from = after
            later = and_(Area.code == code, Area.valid_from > valid_from)
            statement = statement.where(or_(Area.code > code, later))
        return list(session.scalars(statement.limit(limit)))
    found = session.scalars(statement.where(search.matches(Area.search_key, narrowed.text)))
    ranked = search.rank(narrowed.text, found, lambda area: area.title(narrowed.on).full_name)
    return search.page(ranked, lambda area: (area.code, area.valid_from), after, limit)


def _with_titles() -> Select[Area]:
    return (
        select(Area).options(selectinload(Area.titles), selectinload(Area.parent)).order_by(Area.code, Area.valid_from)
    )
