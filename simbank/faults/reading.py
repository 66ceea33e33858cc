"""Faults of statements: lines missing at the end, a line twice. The balances stay the books' own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from simbank.statements import AccountDay, Line, Page

from .models import Fault
from .plan import FaultPlan, Strike

MISSING_MAX = 3
_PLAYED = (Fault.PARTIAL_STATEMENT, Fault.DOUBLED_LINE)


def page_as_told(plan: FaultPlan, page: Page) -> Page:
    """Return a page with the plan's faults in it; one that lacks lines says that it is the last."""
    if not page.lines:
        return page
    drawn = _draw(plan)
    if strike := drawn.get(Fault.DOUBLED_LINE):
        page = replace(page, lines=_doubled(page.lines, strike))
    if strike := drawn.get(Fault.PARTIAL_STATEMENT):
        page = Page(_cut(page.lines, strike), None)
    return page


def days_as_told(plan: FaultPlan, days: Iterator[AccountDay]) -> Iterator[AccountDay]:
    """Yield the days with the plan's faults in them: one account has a line twice, the last one lacks some."""
    for day in days:
        if not day.lines:
            yield day
            continue
        drawn = _draw(plan)
        twice = drawn.get(Fault.DOUBLED_LINE)
        told = replace(day, lines=_doubled(day.lines, twice)) if twice else day
        rest = chain([told], days)
        partial = drawn.get(Fault.PARTIAL_STATEMENT)
        yield from _without_the_end(rest, partial) if partial else rest
        return


def _without_the_end(days: Iterator[AccountDay], strike: Strike) -> Iterator[AccountDay]:
    """Cut the last account that has lines; what stands between it and the end is held until it is known to be last."""
    held: list[AccountDay] = []
    for day in days:
        if day.lines:
            yield from held
            held = []
        held.append(day)
    last, *empty = held
    yield replace(last, lines=_cut(last.lines, strike))
    yield from empty


def _draw(plan: FaultPlan) -> dict[Fault, Strike]:
    with plan.armed(*_PLAYED) as armed:
        if armed is None:
            return {}
        return {fault: strike for fault in _PLAYED if (strike := armed.strike(fault))}


def _doubled(lines: Sequence[Line], strike: Strike) -> list[Line]:
    place = strike.rng.randrange(len(lines))
    return [*lines[: place + 1], *lines[place:]]


def _cut(lines: Sequence[Line], strike: Strike) -> list[Line]:
    missing = strike.rng.randint(1, min(MISSING_MAX, len(lines)))
    return list(lines[: len(lines) - missing])
