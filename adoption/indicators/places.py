"""Which markets a question is about, which units its rows are for, and whether whoever asks may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from adoption.indicators.errors import NoSuchPlace
from core import clock
from core.permissions.principal import Place, Principal
from core.permissions.roles import Permission, Scope
from market.areas.models import Area, Level
from market.areas.queries import find_area, on_the_ground_of, predecessors, standing, subtree_ids, successors
from market.markets.models import Market
from market.markets.queries import GroupBy

#: Districts ended with this day; the grouping by district goes on with them as they stood then.
LAST_DAY_OF_DISTRICTS = date(2025, 6, 30)


@dataclass(frozen=True, slots=True)
class Site:
    """A market with the units around it: commune and province of today, commune, district and province of before."""

    id: int
    code: str
    name: str
    commune_id: int | None
    province_id: int | None
    former_commune_id: int | None
    district_id: int | None
    former_province_id: int | None

    @property
    def place(self) -> Place:
        """Where it stands, as far as grants go."""
        around = (
            self.commune_id,
            self.province_id,
            self.former_commune_id,
            self.district_id,
            self.former_province_id,
        )
        return Place(self.id, frozenset(area_id for area_id in around if area_id is not None))

    def unit_id(self, by: GroupBy) -> int | None:
        """The id of the unit in whose row it is counted; None where it has no such unit.

        Communes and provinces are those of today, the former ones only for a market that is not placed in today's.
        """
        match by:
            case GroupBy.MARKET:
                return self.id
            case GroupBy.COMMUNE:
                return self.commune_id if self.commune_id is not None else self.former_commune_id
            case GroupBy.DISTRICT:
                return self.district_id
            case GroupBy.PROVINCE:
                return self.province_id if self.commune_id is not None else self.former_province_id


@dataclass(frozen=True, slots=True)
class Unit:
    """What a row is about. The code and name are None for the markets that have no unit of that level."""

    id: int | None
    code: str | None
    name: str | None
    level: GroupBy
    #: The name without the unit's kind, for maps.
    short_name: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What was asked about: an area, a market, or all that lies within one's grants when both are None."""

    area: Area | None
    market: Site | None
    sites: tuple[Site, ...]
    #: The full name of the area or market, as it is called now.
    name: str | None = None
    #: Whether it is all there is, the grants being unlimited.
    everywhere: bool = False

    @property
    def code(self) -> str | None:
        """The code of the area or market."""
        named = self.area or self.market
        return named.code if named else None

    @property
    def level(self) -> str | None:
        """`province`, `district`, `commune` or `market`."""
        if self.area is not None:
            return self.area.level
        return GroupBy.MARKET.value if self.market else None


def find_subject(session: Session, principal: Principal, code: str | None) -> Subject:
    """What the code of an area or a market stands for, with the markets there that the principal may know about.

    Without a code: the one place of the principal's grants, or all of them together. Raises `NoSuchPlace`.
    """
    sites = [site for site in load_sites(session) if principal.may(Permission.ADOPTION_READ, site.place)]
    if code is None:
        return _granted(session, principal, sites)
    for site in sites:
        if site.code == code.upper():
            return Subject(None, site, (site,), site.name)
    area = find_area(session, code)
    if area is None or not covered(session, principal, [area.id]):
        raise NoSuchPlace
    return _within(area, sites)


def load_sites(session: Session) -> list[Site]:
    """Every market with the units around it, by code."""
    now, before, district = aliased(Area), aliased(Area), aliased(Area)
    statement = (
        select(
            Market.id,
            Market.code,
            Market.name,
            Market.commune_id,
            now.parent_id,
            Market.former_commune_id,
            before.parent_id,
            district.parent_id,
        )
        .outerjoin(now, Market.commune_id == now.id)
        .outerjoin(before, Market.former_commune_id == before.id)
        .outerjoin(district, before.parent_id == district.id)
        .order_by(Market.code)
    )
    return [Site(*row) for row in session.execute(statement)]


def covered(session: Session, principal: Principal, area_ids: Collection[int]) -> set[int]:
    """Those of the areas that lie as a whole within the principal's grants.

    A grant reaches down its own tree, and across the merger to areas that are no wider: one of the other tree is
    covered when every commune of it went into, or was made of, covered communes alone.
    """
    grants = principal.grants_for(Permission.ADOPTION_READ)
    if any(grant.scope is Scope.EVERYWHERE for grant in grants):
        return set(area_ids)
    targets = {grant.target_id for grant in grants if grant.scope is Scope.AREA and grant.target_id is not None}
    if not targets:
        return set()
    granted = set(session.scalars(subtree_ids(targets)))
    found = granted.intersection(area_ids)
    levels = {
        row.id: row.level
        for row in session.execute(select(Area.id, Area.level).where(Area.id.in_(targets | set(area_ids))))
    }
    for rank, level in enumerate(Level):
        wide_enough = [target for target in targets if list(Level).index(Level(levels[target])) <= rank]
        asked = {area_id for area_id in area_ids if levels[area_id] == level} - found
        if asked and wide_enough:
            found |= _covered_across(session, set(session.scalars(subtree_ids(wide_enough))), asked)
    return found


def _covered_across(session: Session, granted: set[int], area_ids: set[int]) -> set[int]:
    top = select(Area.id.label("top_id"), Area.id.label("id")).where(Area.id.in_(area_ids)).cte(recursive=True)
    tree = top.union_all(select(top.c.top_id, Area.id).join(top, Area.parent_id == top.c.id))
    below = select(tree.c.top_id, Area).join(Area, Area.id == tree.c.id).where(Area.level == Level.COMMUNE)
    communes: dict[int, list[Area]] = defaultdict(list)
    for top_id, commune in session.execute(below):
        communes[top_id].append(commune)
    every = {commune.id: commune for some in communes.values() for commune in some}.values()
    after, before = successors(session, every), predecessors(session, every)

    def across(commune: Area) -> set[int]:
        return {other.id for other in after[commune.id] + before[commune.id]}

    return {
        area_id
        for area_id, some in communes.items()
        if all(across(commune) and across(commune) <= granted for commune in some)
    }


def units_of(session: Session, subject: Subject, by: GroupBy) -> list[Unit]:
    """The units to have a row, those without any market among them; then the markets' own where they have none."""
    if by is GroupBy.MARKET:
        return [Unit(site.id, site.code, site.name, by) for site in subject.sites]
    wanted = {site.unit_id(by) for site in subject.sites} | _ground(session, subject, by)
    areas = select(Area).where(Area.id.in_(wanted - {None})).options(selectinload(Area.titles)).order_by(Area.code)
    units = [Unit(area.id, area.code, area.title().full_name, by, area.name) for area in session.scalars(areas)]
    return units + ([Unit(None, None, None, by)] if None in wanted else [])


def nested_groups(subject: Subject, everywhere: Sequence[Site]) -> Mapping[int, Sequence[Hashable]]:
    """For each market of the subject, the groups it belongs to (commune, district, province), the smallest first.

    Only groups all of whose markets belong to the subject.
    """
    asked = {site.id for site in subject.sites}
    outside = {group for site in everywhere if site.id not in asked for group in _groups(site)}
    kept: dict[int, list[Hashable]] = defaultdict(list)
    for site in subject.sites:
        kept[site.id] = [group for group in _groups(site) if group not in outside]
    return kept


def _groups(site: Site) -> tuple[Hashable, ...]:
    district = site.district_id or site.commune_id
    province = site.province_id or site.former_province_id
    return (("commune", district, site.commune_id), ("district", district), ("province", province))


def _granted(session: Session, principal: Principal, sites: list[Site]) -> Subject:
    grants = principal.grants_for(Permission.ADOPTION_READ)
    targets = {(grant.scope, grant.target_id) for grant in grants}
    if len(targets) == 1:
        scope, target_id = next(iter(targets))
        area = session.get(Area, target_id) if scope is Scope.AREA else None
        if area is not None:
            return _within(area, sites)
        if scope is Scope.MARKET and sites:
            return Subject(None, sites[0], (sites[0],), sites[0].name)
    return Subject(None, None, tuple(sites), everywhere=any(scope is Scope.EVERYWHERE for scope, _id in targets))


def _within(area: Area, sites: list[Site]) -> Subject:
    within = tuple(site for site in sites if area.id in site.place.area_ids)
    return Subject(area, None, within, area.title().full_name)


def _ground(session: Session, subject: Subject, by: GroupBy) -> set[int | None]:
    """The units on the subject's ground, whether or not they have a market."""
    level = Level(by.value)
    on = LAST_DAY_OF_DISTRICTS if by is GroupBy.DISTRICT else clock.today()
    if subject.area is not None:
        return {area.id for area in on_the_ground_of(session, subject.area, level, on)}
    return (
        set(session.scalars(select(Area.id).where(Area.level == level, standing(on)))) if subject.everywhere else set()
    )
