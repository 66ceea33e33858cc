"""Which sums of money may be published, so that none reveals the money of fewer than five stalls. Pure; no I/O.

Hiding small figures in one table is not enough: with tables for other areas and other days at hand, one could be
subtracted from another. So money is never summed freely. It is first put into *cells*, each with the money of at
least `MIN_STALLS_FOR_MONEY` stalls, and a figure for some markets and some days is the sum of the cells that lie
wholly within. Whatever figures are combined, the result is again made of whole cells.

The cells depend on what was recorded alone, never on what is asked or by whom:

1. A day on which enough stalls of a market took money is a cell by itself. The other days of the month are gathered,
   in order, until they have enough stalls; what remains at the end of the month joins the last cell so made, else the
   nearest day that stands by itself. So whole months leave nothing out.
2. A market in which fewer stalls took money in a whole month joins such markets of the same month: of its
   commune within its district, else of its district, else of its province. Nothing that may be shown is hidden for
   another's sake. Where even that is too few, the money is in no cell, hence in no figure: of fewer than five stalls
   a month in any area.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby
from typing import NamedTuple

from adoption.indicators.limits import MIN_STALLS_FOR_MONEY


class DayTakings(NamedTuple):
    """What the stalls of a market took on a day: `number` payments (or cash sales) worth `vnd`.

    `stall_ids` is filled for days with fewer stalls than the limit.
    """

    market_id: int
    day: date
    stalls: int
    number: int
    vnd: int
    stall_ids: frozenset[int] = frozenset()


class Cell(NamedTuple):
    """The smallest sum that is ever published: some markets, from the first to the last of its days with money."""

    market_ids: frozenset[int]
    first: date
    last: date
    number: int
    vnd: int


@dataclass(frozen=True, slots=True)
class Money:
    """A figure about money. Hidden: both are None. Not complete: some money in scope is left out of the sums."""

    number: int | None
    vnd: int | None
    complete: bool

    @property
    def hidden(self) -> bool:
        """Whether the figure may not be published."""
        return self.number is None


#: For each market, the nested groups of markets that it belongs to (commune, district, province), the smallest first. A
#: market joins others of the smallest group that has enough stalls.
NestedGroups = Mapping[int, Sequence[Hashable]]


def make_cells(takings: Iterable[DayTakings], groups: NestedGroups) -> list[Cell]:
    """The cells that hold the money of these market days.

    `takings` must cover whole months, and `groups` must name only groups all of whose markets are in `takings`. Then a
    market's cells do not depend on which other markets are asked for.
    """
    by_month: dict[tuple[int, int], list[DayTakings]] = defaultdict(list)
    for one in sorted(takings):
        if one.stalls:
            by_month[one.day.year, one.day.month].append(one)
    return [cell for month in by_month.values() for cell in _cells_of_month(month, groups)]


class ProtectedSums:
    """The sums of a period's money that may be published, for one set of markets after another."""

    def __init__(self, takings: Iterable[DayTakings], cells: Iterable[Cell], first: date, last: date) -> None:
        self._held: dict[int, int] = defaultdict(int)
        for one in takings:
            if first <= one.day <= last:
                self._held[one.market_id] += one.number
        self._own: dict[int, list[Cell]] = defaultdict(list)
        self._joint: list[Cell] = []
        for cell in cells:
            if first <= cell.first and cell.last <= last:
                (self._own[min(cell.market_ids)] if len(cell.market_ids) == 1 else self._joint).append(cell)

    def sum_of(self, market_ids: Collection[int]) -> Money:
        """The sum of the cells that lie wholly within these markets and the period."""
        asked = frozenset(market_ids)
        inside = [cell for market_id in asked for cell in self._own.get(market_id, ())]
        inside += [cell for cell in self._joint if cell.market_ids <= asked]
        published = sum(cell.number for cell in inside)
        held = sum(self._held.get(market_id, 0) for market_id in asked)
        if held and not published:
            return Money(None, None, complete=False)
        return Money(published, sum(cell.vnd for cell in inside), complete=published == held)


def _cells_of_month(month: Sequence[DayTakings], groups: NestedGroups) -> list[Cell]:
    cells: list[Cell] = []
    lone: dict[int, list[DayTakings]] = {}
    for market_id, days in groupby(month, key=lambda one: one.market_id):
        blocks = _blocks(list(days))
        if len(blocks) == 1 and not _enough(blocks[0]):
            lone[market_id] = blocks[0]
        else:
            cells += map(_cell, blocks)
    return cells + _joined(lone, groups)


def _blocks(days: list[DayTakings]) -> list[list[DayTakings]]:
    """The days of one market's month in groups of enough stalls; one group of too few when there are no more."""
    alone = [[one] for one in days if one.stalls >= MIN_STALLS_FOR_MONEY]
    gathered: list[list[DayTakings]] = []
    rest: list[DayTakings] = []
    for one in days:
        if one.stalls < MIN_STALLS_FOR_MONEY:
            rest.append(one)
            if _enough(rest):
                gathered.append(rest)
                rest = []
    if not rest:
        return alone + gathered
    if not alone and not gathered:
        return [rest]
    host = gathered[-1] if gathered else min(alone, key=lambda block: abs(block[0].day - rest[0].day))
    host += rest
    return alone + gathered


def _joined(lone: dict[int, list[DayTakings]], groups: NestedGroups) -> list[Cell]:
    """Cells of markets where too few stalls took money, each joined with others of the smallest group that it can."""
    cells: list[Cell] = []
    levels = max((len(groups[market_id]) for market_id in lone), default=0)
    for level in range(levels):
        members_of: dict[Hashable, list[int]] = defaultdict(list)
        for market_id in lone:
            if level < len(groups[market_id]):
                members_of[groups[market_id][level]].append(market_id)
        for members in members_of.values():
            days = list(chain.from_iterable(lone[market_id] for market_id in members))
            if _enough(days):
                cells.append(_cell(days))
                for market_id in members:
                    del lone[market_id]
    return cells


def _enough(days: Iterable[DayTakings]) -> bool:
    days = list(days)
    if any(one.stalls >= MIN_STALLS_FOR_MONEY for one in days):
        return True
    return len(frozenset[int]().union(*(one.stall_ids for one in days))) >= MIN_STALLS_FOR_MONEY


def _cell(days: Sequence[DayTakings]) -> Cell:
    return Cell(
        frozenset(one.market_id for one in days),
        min(one.day for one in days),
        max(one.day for one in days),
        sum(one.number for one in days),
        sum(one.vnd for one in days),
    )
