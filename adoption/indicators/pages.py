"""The page of adoption: a sentence, the figures, the trend, the map, the table; and its CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from adoption.indicators import drawing, labels, periods, queries
from adoption.indicators.exports import csv_response
from adoption.indicators.limits import MIN_STALLS_FOR_MONEY, TREND_WEEKS_MAX, TREND_WEEKS_MIN
from adoption.indicators.periods import Period
from adoption.indicators.places import Subject, Unit, covered, find_subject
from adoption.indicators.queries import Counts, WeekCounts
from adoption.indicators.schemas import Question
from adoption.indicators.tables import Figures, Row, Table
from core import clock
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from core.text import sort_key
from core.web.forms import Form
from core.web.guards import current_principal, requires
from market.areas.models import Area, Level
from market.areas.queries import boundaries
from market.markets.queries import GroupBy

bp = Blueprint("adoption", __name__, url_prefix="/adoption")

#: The periods to choose from by a word, beside free days.
PERIODS = {
    "this-month": (_("this month"), periods.this_month),
    "last-month": (_("last month"), periods.last_month),
    "this-quarter": (_("this quarter"), periods.this_quarter),
    "last-30-days": (_("last 30 days"), lambda today: periods.last_days(today, 30)),
}
LEVELS = {
    GroupBy.PROVINCE: _("by province"),
    GroupBy.DISTRICT: _("by district until 2025"),
    GroupBy.COMMUNE: _("by commune of today"),
    GroupBy.MARKET: _("by market"),
}
SORTS = {
    "rate": _("share paid without cash"),
    "stalls": _("number of stalls"),
    "qr": _("share with a code"),
    "value": _("value"),
    "name": _("name"),
}
NEXT_LEVEL = {
    Level.PROVINCE.value: GroupBy.DISTRICT,
    Level.DISTRICT.value: GroupBy.MARKET,
    Level.COMMUNE.value: GroupBy.MARKET,
    GroupBy.MARKET.value: GroupBy.MARKET,
}
MAP_WIDTHS = {"desk": 620, "phone": 360}
#: A map of one area shows nothing.
MAP_AREAS_MIN = 2


class PageQuestion(Question):
    """The API's question with a period by its word and an order of rows; what else an address carries is not minded."""

    class Meta:
        """Addresses that people pass on gather all sorts of things."""

        unknown = EXCLUDE

    by = fields.String(load_default=None, validate=validate.OneOf([by.value for by in GroupBy]))
    span = fields.String(data_key="period", load_default=None, validate=validate.OneOf(list(PERIODS)))
    sort = fields.String(load_default="rate", validate=validate.OneOf(list(SORTS)))

    def period_of(self, first: Any, last: Any, data: dict[str, Any]) -> Period:
        """Days that were given count more than the word."""
        if first is None and last is None:
            data["span"] = data["span"] or "this-month"
            return PERIODS[data["span"]][1](clock.today())
        data["span"] = None
        return super().period_of(first, last, data)


@bp.get("/")
@requires(Permission.ADOPTION_READ)
def index() -> tuple[str, int]:
    """The figures of an area or a market for a period."""
    form = Form(request.args)
    schema = PageQuestion()
    asked = form.load(schema)
    status = 200 if asked else 422
    if asked is None:
        # The days were wrong: show them with what is wrong, above the figures of this month.
        asked = schema.load({"area": request.args.get("area")} if request.args.get("area") else {})
    with queries.snapshot() as session:
        page = _Page(session, current_principal(), asked)
        return render_template("adoption/index.html", form=form, page=page, **CHOICES), status


CHOICES: dict[str, Any] = {
    "periods": {word: label for word, (label, _make) in PERIODS.items()},
    "levels": LEVELS,
    "sorts": SORTS,
    "least_stalls": MIN_STALLS_FOR_MONEY,
    "labels": labels,
    "frames": (drawing.DESK, drawing.PHONE),
    "draw_lines": drawing.draw_lines,
    "map_class": drawing.map_class,
}


@bp.get("/adoption.csv")
@requires(Permission.ADOPTION_READ)
def export() -> Response:
    """The same figures as a file."""
    asked = PageQuestion().load({name: value for name, value in request.args.items() if value})
    with queries.snapshot() as session:
        subject = find_subject(session, current_principal(), asked["area"])
        return csv_response(Figures(session, subject, asked["period"]).table(asked["by"] or _next_level(subject)))


@dataclass(frozen=True, slots=True)
class Place:
    """An area or market to go to."""

    code: str | None
    name: str


class _Page:
    """Everything that the template shows, read from one snapshot."""

    def __init__(self, session: Session, principal: Principal, asked: dict[str, Any]) -> None:
        self._session = session
        self._principal = principal
        self.asked = asked
        self.period: Period = asked["period"]
        self.subject = find_subject(session, principal, asked["area"])
        self.by: GroupBy = asked["by"] or _next_level(self.subject)
        figures = Figures(session, self.subject, self.period)
        self.table: Table = figures.table(self.by)
        self.total: Row = self.table.total
        self.before = self._before()
        self.weeks = self._weeks()
        self.map_by = self._map_level()
        self.map_rows = figures.table(self.map_by).rows if self.map_by else ()
        self.maps = self._maps()
        self.linked = self._linked()
        self.above = self._above()

    @property
    def levels(self) -> set[GroupBy]:
        """The kinds of rows that are worth choosing from here: those below this place, and the present one."""
        below = list(GroupBy)
        if self.subject.level is not None:
            below = below[below.index(GroupBy(self.subject.level)) + 1 :]
        return {*below, self.by}

    @property
    def rows(self) -> list[Row]:
        """The table's rows in the order that was asked for."""
        return sorted(self.table.rows, key=_ORDERS[self.asked["sort"]])

    def link(self, endpoint: str = "adoption.index", **changes: Any) -> str:
        """The address of this page with some of the question changed."""
        days = {} if self.asked["span"] else {"from": self.period.first, "to": self.period.last}
        question = {
            "area": self.subject.code,
            "by": self.by.value,
            "period": self.asked["span"],
            "sort": self.asked["sort"],
        }
        return url_for(endpoint, **{name: value for name, value in (question | days | changes).items() if value})

    def link_to(self, code: str | None) -> str:
        """The address of this page for another place, at the level that is natural there."""
        return self.link(area=code, by=None)

    def link_of(self, unit: Unit) -> str | None:
        """The address of this page for a row's unit; None where it may not be seen, or is what is seen already."""
        if unit.code is None or unit.code == self.subject.code:
            return None
        return self.link_to(unit.code) if unit.level is GroupBy.MARKET or unit.id in self.linked else None

    def _before(self) -> Counts:
        market_ids = [site.id for site in self.subject.sites]
        found = queries.count_stalls(self._session, market_ids, self.period.previous())
        total = Counts()
        for counts in found.values():
            total = total.plus(counts)
        return total

    def _weeks(self) -> list[WeekCounts]:
        weeks = periods.whole_weeks(self.period, TREND_WEEKS_MIN, TREND_WEEKS_MAX)
        return queries.count_weeks(self._session, [site.id for site in self.subject.sites], weeks)

    def _map_level(self) -> GroupBy | None:
        if self.subject.market is not None or self.subject.level == Level.COMMUNE:
            return None
        if self.by in {GroupBy.DISTRICT, GroupBy.COMMUNE}:
            return self.by
        return GroupBy.COMMUNE if self.subject.level == Level.DISTRICT else GroupBy.DISTRICT

    def _maps(self) -> dict[str, drawing.Drawing]:
        ids = [row.unit.id for row in self.map_rows if row.unit and row.unit.id is not None]
        outlines = boundaries(self._session, ids)
        if len(outlines) < MAP_AREAS_MIN:
            return {}
        return {name: drawing.draw_map(outlines, width) for name, width in MAP_WIDTHS.items()}

    def _linked(self) -> set[int]:
        units = [row.unit for row in (*self.table.rows, *self.map_rows) if row.unit]
        area_ids = {unit.id for unit in units if unit.id is not None and unit.level is not GroupBy.MARKET}
        return covered(self._session, self._principal, area_ids) if area_ids else set()

    def _above(self) -> list[Place]:
        """The places around this one that may be seen, the widest first."""
        around = _around(self._session, self.subject)
        seen = covered(self._session, self._principal, [area.id for area in around]) if around else set()
        places = [Place(area.code, area.title().full_name) for area in around if area.id in seen]
        every = self._principal.may(Permission.ADOPTION_READ) and _unlimited(self._principal)
        return [Place(None, labels.place_name(_EVERYWHERE)), *places] if every and self.subject.code else places


_EVERYWHERE = Subject(None, None, (), everywhere=True)


def _unlimited(principal: Principal) -> bool:
    return any(grant.target_id is None for grant in principal.grants_for(Permission.ADOPTION_READ))


def _around(session: Session, subject: Subject) -> list[Area]:
    node = subject.area.parent if subject.area else None
    if subject.market is not None:
        unit_id = subject.market.district_id or subject.market.commune_id
        node = session.get(Area, unit_id) if unit_id else None
    chain: list[Area] = []
    while node is not None:
        chain.insert(0, node)
        node = node.parent
    return chain


def _next_level(subject: Subject) -> GroupBy:
    if subject.level is None:
        return GroupBy.DISTRICT if subject.everywhere else GroupBy.MARKET
    return NEXT_LEVEL[subject.level]


def _name_key(row: Row) -> str:
    # The row of what belongs to no unit comes last: the tilde is behind every letter and figure of a key.
    return sort_key(row.unit.name) if row.unit and row.unit.name else "~"


def _rate(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else -1.0


#: Largest first; where there is nothing to divide by, or nothing that may be told, last.
_ORDERS: dict[str, Any] = {
    "rate": lambda row: (-_rate(row.counts.active, row.counts.stalls), -row.counts.stalls, _name_key(row)),
    "stalls": lambda row: (-row.counts.stalls, _name_key(row)),
    "qr": lambda row: (-_rate(row.counts.with_qr, row.counts.stalls), -row.counts.stalls, _name_key(row)),
    # What is not told lies between something and nothing.
    "value": lambda row: (-(row.payments.vnd if row.payments.vnd is not None else 0.5), _name_key(row)),
    "name": lambda row: (_name_key(row), row.counts.stalls),
}
