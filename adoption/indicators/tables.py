"""A table of indicators: the question, its rows, and their total."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from adoption.indicators import queries
from adoption.indicators.periods import Period
from adoption.indicators.places import Site, Subject, Unit, load_sites, nested_groups, units_of
from adoption.indicators.protection import Money, ProtectedSums, make_cells
from adoption.indicators.queries import Counts
from core import clock
from market.markets.queries import GroupBy


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one unit, or of all together when `unit` is None."""

    unit: Unit | None
    counts: Counts
    payments: Money
    cash: Money

    @property
    def cashless_comparable(self) -> bool:
        """Whether cash was noted and nothing is left out, so that cashless and cash may be set side by side."""
        return self.payments.complete and self.cash.complete and bool(self.cash.number)


@dataclass(frozen=True, slots=True)
class Table:
    """What was asked, when it was computed, and the answer. Rates are made of pooled counts, never of other rates."""

    subject: Subject
    by: GroupBy
    period: Period
    as_of: datetime
    #: When the newest payment of all was recorded, by then; None before the first.
    recorded_until: datetime | None
    rows: tuple[Row, ...]
    total: Row


class Figures:
    """The figures of a subject and a period, per market; rows of any kind are pooled from them."""

    def __init__(self, session: Session, subject: Subject, period: Period) -> None:
        self._session = session
        self.subject = subject
        self.period = period
        self.as_of = clock.now()
        market_ids = [site.id for site in subject.sites]
        self._counts = queries.count_stalls(session, market_ids, period)
        takings = queries.load_takings(session, market_ids, period)
        groups = nested_groups(subject, load_sites(session))
        span = (period.first, period.last)
        self._payments = ProtectedSums(takings.payments, make_cells(takings.payments, groups), *span)
        self._cash = ProtectedSums(takings.cash, make_cells(takings.cash, groups), *span)

    def table(self, by: GroupBy) -> Table:
        """A row for each unit of a level, and their total."""
        markets: dict[int | None, list[Site]] = defaultdict(list)
        for site in self.subject.sites:
            markets[site.unit_id(by)].append(site)
        units = units_of(self._session, self.subject, by)
        return Table(
            self.subject,
            by,
            self.period,
            self.as_of,
            queries.latest_recording(self._session),
            tuple(self._row(unit, markets[unit.id]) for unit in units),
            self._row(None, self.subject.sites),
        )

    def _row(self, unit: Unit | None, sites: tuple[Site, ...] | list[Site]) -> Row:
        market_ids = [site.id for site in sites]
        counts = Counts()
        for market_id in market_ids:
            counts = counts.plus(self._counts.get(market_id, Counts()))
        return Row(unit, counts, self._payments.sum_of(market_ids), self._cash.sum_of(market_ids))
