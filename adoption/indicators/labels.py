"""Periods and findings in the reader's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask_babel import format_date, gettext, ngettext

from adoption.indicators.periods import Period, month_start
from adoption.indicators.places import Subject
from adoption.indicators.queries import Counts, WeekCounts
from core.money import NO_BREAK_SPACE, format_vnd
from core.web.i18n import day, integer, percent

_: Callable[..., str] = gettext

MILLION, BILLION = 1_000_000, 1_000_000_000
#: How many figures of a long amount are shown.
SHORT_FIGURES = 3


def capitalised(text: str) -> str:
    """The first letter large; the others as they are."""
    return text[:1].upper() + text[1:]


def month_name(when: date) -> str:
    """Like "October 2026"; the pattern itself is translated."""
    name: str = format_date(when, _("MMMM yyyy"))
    return name


def period_name(period: Period) -> str:
    """The period as a label: "October 2026", "01/11–23/11/2026", "23/11/2026"."""
    if period.is_month and not period.running:
        return capitalised(month_name(period.first))
    if period.first == period.counted_on:
        return day(period.first)
    return f"{_short(period)}–{day(max(period.first, period.counted_on))}"


def place_name(subject: Subject) -> str:
    """What the figures are about."""
    if subject.name:
        return subject.name
    return _("all markets") if subject.everywhere else _("your markets")


def finding(subject: Subject, period: Period, counts: Counts, before: Counts) -> str:
    """The page's headline, made from its figures."""
    when, place = _when(period), place_name(subject)
    if not counts.stalls:
        return capitalised(_("%(when)s, %(place)s had no stalls in operation.", when=when, place=place))
    told = _(
        "%(when)s, %(active)s of %(stalls)s stalls in %(place)s were paid without cash",
        when=when,
        place=place,
        active=integer(counts.active),
        stalls=integer(counts.stalls),
    )
    change = f", {_change(counts.active - before.active, period.previous())}" if before.stalls else ""
    return capitalised(f"{told}{change}.")


def trend_finding(weeks: list[WeekCounts]) -> str:
    """What the chart shows, made from its first and last week with stalls in operation."""
    seen = [week for week in weeks if week.stalls]
    if len(seen) < 2:  # noqa: PLR2004 - nothing to compare
        return _("Stalls paid without cash, week by week")
    first, last = seen[0], seen[-1]
    words = {
        "first": percent(first.active, first.stalls, digits=0),
        "last": percent(last.active, last.stalls, digits=0),
        "weeks": integer(len(seen)),
    }
    if words["first"] == words["last"]:
        return _("Over %(weeks)s weeks, the share of stalls paid without cash stayed at %(last)s", **words)
    if last.active * first.stalls > first.active * last.stalls:
        return _("Over %(weeks)s weeks, the share of stalls paid without cash rose from %(first)s to %(last)s", **words)
    return _("Over %(weeks)s weeks, the share of stalls paid without cash fell from %(first)s to %(last)s", **words)


def short_vnd(amount_vnd: int) -> str:
    """An amount in three figures where it is long: "3,13 tỷ ₫"; whole below a million.

    Rounded before its unit is chosen, so that 999,500,000 is "1,00 tỷ ₫" and not "1.000 triệu ₫".
    """
    if amount_vnd < MILLION:
        return format_vnd(amount_vnd)
    dropped = 10 ** (len(str(amount_vnd)) - SHORT_FIGURES)
    rounded = (amount_vnd * 2 + dropped) // (dropped * 2) * dropped
    unit, word = (BILLION, _("billion ₫")) if rounded >= BILLION else (MILLION, _("million ₫"))
    digits = max(0, SHORT_FIGURES - len(str(rounded // unit)))
    return f"{_decimal(rounded, unit, digits)}{NO_BREAK_SPACE}{word}"


def _decimal(value: int, unit: int, digits: int) -> str:
    """A value in units, cut after so many decimals, as the reader writes it."""
    whole, rest = divmod(value * 10**digits // unit, 10**digits)
    point = integer(1000)[1]
    return f"{integer(whole)}{',' if point == '.' else '.'}{rest:0{digits}d}" if digits else integer(whole)


def of_stalls(numerator: int, denominator: int) -> str:
    """A rate with its parts, for those who hear the page: "62 of 100 stalls, 62.0%"."""
    if not denominator:
        return _("no stalls in operation")
    told: str = ngettext(
        "%(numerator)s of %(denominator)s stall, %(rate)s",
        "%(numerator)s of %(denominator)s stalls, %(rate)s",
        denominator,
        numerator=integer(numerator),
        denominator=integer(denominator),
        rate=percent(numerator, denominator),
    )
    return told


def _when(period: Period) -> str:
    if period.is_month and not period.running:
        return _("in %(month)s", month=month_name(period.first))
    last = max(period.first, period.counted_on)
    if period.running and period.first == month_start(last) and period.first != last:
        return _("in %(month)s so far", month=month_name(period.first))
    if period.first == last:
        return _("on %(day)s", day=day(last))
    return _("from %(first)s to %(last)s", first=_short(period), last=day(last))


def _change(difference: int, before: Period) -> str:
    when = month_name(before.first) if before.is_month else period_name(before)
    if not difference:
        return _("as many as in %(when)s", when=when)
    count = integer(abs(difference))
    if difference > 0:
        return _("%(count)s more than in %(when)s", count=count, when=when)
    return _("%(count)s fewer than in %(when)s", count=count, when=when)


def _short(period: Period) -> str:
    """The first day, without its year where the last one says it."""
    last = max(period.first, period.counted_on)
    return period.first.strftime("%d/%m") if period.first.year == last.year else day(period.first)
