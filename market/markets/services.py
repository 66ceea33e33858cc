"""Setting up markets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.audit.services import record
from core.database import unit_of_work
from core.errors import Forbidden, InvalidInput
from core.permissions.principal import Place, Principal
from core.permissions.roles import Permission
from core.search import index_words
from core.text import tidy
from market.areas.models import Area, AreaSuccession, Level
from market.areas.queries import find_area, predecessors, successors
from market.loading import Loaded
from market.markets import market_code
from market.markets.errors import AreasMissing, MarketCodeTaken
from market.markets.models import Market
from market.markets.queries import areas_around
from market.markets.registry import ListedMarket

#: No market has this id: the place of one that is only about to be set up.
NOT_YET = 0


@dataclass(frozen=True, slots=True)
class NewMarket:
    """A market to set up; communes by code. `former_commune` is the one of before 2025-07-01, if known."""

    code: str
    name: str
    commune: str
    former_commune: str | None = None


@unit_of_work
def create_market(session: Session, actor: Principal, new: NewMarket) -> Market:
    """Set up a market.

    Raises `InvalidInput` for communes that are not known, do not stand or do not belong together, `Forbidden` outside
    the actor's grants, `MarketCodeTaken`.
    """
    actor.require(Permission.MARKET_CREATE)
    code = market_code.compact(new.code)
    commune = _standing_commune(session, new.commune)
    former = _former_commune(session, commune, new.former_commune)
    if not actor.may(Permission.MARKET_CREATE, Place(NOT_YET, areas_around(commune, former))):
        raise Forbidden(_("This commune lies outside your area."))
    if session.scalar(select(Market.id).where(Market.code == code)) is not None:
        raise _taken(code)
    market = Market(code=code, created_at=clock.now(), commune=commune, former_commune=former)
    _set_name(market, new.name)
    session.add(market)
    try:
        session.flush()
    except IntegrityError as error:
        # Another request took the code since the look.
        raise _taken(code) from error
    _record_creation(session, actor, market)
    return market


@unit_of_work
def load_markets(session: Session, actor: Principal, listed: Sequence[ListedMarket]) -> Loaded:
    """Make the registry say what is listed, in one unit of work. Running it again changes nothing.

    Markets that are not listed stay as they are. Raises `AreasMissing` when a market's commune is not there.
    """
    added = changed = 0
    known = {market.code: market for market in session.scalars(select(Market))}
    for entry in listed:
        market = known.get(entry.code)
        commune, former = _listed_communes(session, entry)
        if market is None:
            market = Market(code=entry.code, created_at=clock.now())
            session.add(market)
            _write(market, entry, commune, former)
            _record_creation(session, actor, market)
            added += 1
            continue
        before = _describe(market)
        _write(market, entry, commune, former)
        if session.is_modified(market):
            changed += 1
            _record_change(session, actor, market, before)
    return Loaded(added, changed, len(listed) - added - changed)


def _taken(code: str) -> MarketCodeTaken:
    return MarketCodeTaken(_("%(code)s is taken. Choose a number that is free.", code=code))


def _standing_commune(session: Session, code: str) -> Area:
    area = find_area(session, code)
    if area is None or area.level != Level.COMMUNE:
        raise InvalidInput({"commune": [_("There is no commune %(code)s.", code=code)]})
    if area.valid_to is not None and area.valid_to < clock.today():
        became = successors(session, [area])[area.id]
        message = _(
            "%(commune)s is no more. Name what it became: %(names)s.", commune=_name(area), names=_names(became)
        )
        raise InvalidInput({"commune": [message]})
    return area


def _former_commune(session: Session, commune: Area, code: str | None) -> Area | None:
    """The named one of those that the commune was made of; its only one when none is named."""
    parts = predecessors(session, [commune])[commune.id]
    if code is None:
        return parts[0] if len(parts) == 1 else None
    found = next((part for part in parts if part.code == code), None)
    if found is None:
        message = _("Name one that became part of %(commune)s: %(names)s.", commune=_name(commune), names=_names(parts))
        raise InvalidInput({"former_commune": [message]})
    return found


def _names(areas: Sequence[Area]) -> str:
    return ", ".join(_name(area) for area in areas) or "-"


def _name(area: Area) -> str:
    return f"{area.title().full_name} ({area.code})"


def _listed_communes(session: Session, entry: ListedMarket) -> tuple[Area, Area]:
    """Both communes of a listed market; `AreasMissing` unless the old one, in its district, went into the new one."""
    commune = find_area(session, entry.commune)
    former = session.scalar(
        select(Area)
        .join(AreaSuccession, AreaSuccession.predecessor_id == Area.id)
        .where(AreaSuccession.successor_id == (commune.id if commune else None), Area.code == entry.former_commune)
    )
    if commune is None or former is None or former.parent is None or former.parent.code != entry.district:
        message = (
            f"{entry.code}: commune {entry.former_commune} of district {entry.district}, {entry.commune} today, "
            "is not in the registry of areas; run `flask --app wsgi areas load` first"
        )
        raise AreasMissing(message)
    return commune, former


def _write(market: Market, entry: ListedMarket, commune: Area, former: Area) -> None:
    _set_name(market, entry.name)
    market.commune, market.former_commune = commune, former
    market.stalls_reported = entry.stalls_reported
    market.evidence = entry.evidence
    market.sources = "\n".join(entry.sources) or None


def _set_name(market: Market, name: str) -> None:
    market.name = tidy(name)
    market.search_key = index_words(market.name, market.code)


def _describe(market: Market) -> dict[str, object]:
    return {
        "name": market.name,
        "commune": market.commune.code if market.commune else None,
        "former_commune": market.former_commune.code if market.former_commune else None,
        "stalls_reported": market.stalls_reported,
        "evidence": market.evidence,
        "sources": market.sources,
    }


def _record_creation(session: Session, actor: Principal, market: Market) -> None:
    session.flush()
    subject = ("market", market.code)
    record(session, actor, "market.create", subject, market_id=market.id, after=_describe(market))


def _record_change(session: Session, actor: Principal, market: Market, before: dict[str, object]) -> None:
    after = _describe(market)
    fields = [field for field in after if after[field] != before[field]]
    record(
        session,
        actor,
        "market.change",
        ("market", market.code),
        market_id=market.id,
        before={field: before[field] for field in fields},
        after={field: after[field] for field in fields},
    )
