"""Amounts, times and identifiers as statements write them. What cannot be read raises `ValueError`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from core import clock
from core.money import BOOKING_MAX_DIGITS
from payments.statements.limits import FRACTION_MAX_DIGITS

YEARS = range(2000, 2101)

_DECIMAL = re.compile(r"\+?(\d*)(?:\.(\d*))?", re.ASCII)
_PLAIN = re.compile(r"\d+", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+", re.ASCII)
_XML_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_XML_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_XML_MIDNIGHT = re.compile(r"\d{4}-\d{2}-\d{2}T24:00:00(?:\.0+)?(?!\.|\d)", re.ASCII)
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LOCAL = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)


def decimal_vnd(text: str) -> int:
    """Whole đồng of an XML decimal; a fraction must be zeros.

    >>> decimal_vnd("50000"), decimal_vnd("50000.00")
    (50000, 50000)
    >>> decimal_vnd("50000.50")
    Traceback (most recent call last):
        ...
    ValueError: not whole đồng
    """
    whole, fraction = _decimal_parts(text)
    if fraction.strip("0"):
        raise ValueError("not whole đồng")
    return _bounded(whole)


def decimal_amount(text: str) -> Decimal:
    """An XML decimal that is not negative, in whatever currency.

    >>> decimal_amount("0012.50"), decimal_amount("74")
    (Decimal('12.50'), Decimal('74'))
    >>> decimal_amount("0.000001")
    Traceback (most recent call last):
        ...
    ValueError: too many digits
    """
    whole, fraction = _decimal_parts(text)
    if fraction[FRACTION_MAX_DIGITS:].strip("0"):
        raise ValueError("too many digits")
    return Decimal(f"{_bounded(whole)}.{fraction[:FRACTION_MAX_DIGITS]}")


def decimal_sum(text: str) -> Decimal:
    """What a sum comes to, whatever its sign, without what a bank's floating point adds to it.

    >>> decimal_sum("349.07000000000005"), decimal_sum("-70")
    (Decimal('349.07'), Decimal('70'))
    """
    whole, fraction = _decimal_parts(text.removeprefix("-"))
    rounded = round(Decimal(f"{_bounded(whole)}.{fraction[:BOOKING_MAX_DIGITS]}"), FRACTION_MAX_DIGITS)
    return Decimal(f"{rounded:f}".rstrip("0"))


def _decimal_parts(text: str) -> tuple[str, str]:
    found = _DECIMAL.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        raise ValueError("no decimal number")
    return found[1] or "0", found[2] or ""


def written_vnd(text: str) -> int:
    """Whole đồng as tables write them: plain digits, or groups of three with dots between.

    >>> written_vnd("1234567"), written_vnd("1.234.567")
    (1234567, 1234567)
    >>> written_vnd("1.5")
    Traceback (most recent call last):
        ...
    ValueError: no whole đồng
    """
    if _PLAIN.fullmatch(text) is None and _GROUPED.fullmatch(text) is None:
        raise ValueError("no whole đồng")
    return _bounded(text.replace(".", ""))


def count(text: str) -> int:
    """A number of things, as plain digits."""
    if _PLAIN.fullmatch(text) is None:
        raise ValueError("no count")
    return _bounded(text)


def _bounded(digits: str) -> int:
    significant = digits.lstrip("0") or "0"
    if len(significant) > BOOKING_MAX_DIGITS:
        raise ValueError("too many digits")
    return int(significant)


def xml_moment(text: str) -> datetime:
    """An XML dateTime; without its offset it is Vietnam's time. A day's end may be written as its 24:00:00.

    >>> xml_moment("2026-11-23T08:30:00").isoformat()
    '2026-11-23T08:30:00+07:00'
    >>> xml_moment("2026-11-30T24:00:00.000").isoformat()
    '2026-12-01T00:00:00+07:00'
    """
    if _XML_MOMENT.fullmatch(text) is None:
        raise ValueError("no moment")
    midnight = _XML_MIDNIGHT.match(text)
    if midnight is not None:
        return _aware(datetime.fromisoformat(text.replace("T24", "T00"))) + timedelta(days=1)
    return _aware(datetime.fromisoformat(text))


def xml_day(text: str) -> date:
    """An XML date. Its offset, which banks write now and then, says nothing about a day in Vietnam.

    >>> xml_day("2026-11-23"), xml_day("2026-11-23+07:00")
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 23))
    """
    found = _XML_DAY.fullmatch(text)
    if found is None:
        raise ValueError("no day")
    return _in_our_time(date.fromisoformat(found[1]))


def written_moment(text: str) -> tuple[datetime, bool]:
    """A time as tables write it, and whether it is a day alone; without an offset it is Vietnam's.

    >>> written_moment("23/11/2026 08:30:05")[0].isoformat()
    '2026-11-23T08:30:05+07:00'
    >>> written_moment("2026-11-23")
    (datetime.datetime(2026, 11, 22, 17, 0, tzinfo=datetime.timezone.utc), True)
    """
    local = _LOCAL.fullmatch(text)
    if local is not None:
        day, month, year, hour, minute, second = (int(part or 0) for part in local.groups())
        if local[4] is None:
            return clock.day_start(_in_our_time(date(year, month, day))), True
        return _aware(datetime(year, month, day, hour, minute, second, tzinfo=clock.ZONE)), False
    if _ISO_DAY.fullmatch(text) is not None:
        return clock.day_start(_in_our_time(date.fromisoformat(text))), True
    if _ISO_MOMENT.fullmatch(text) is None:
        raise ValueError("no moment")
    return _aware(datetime.fromisoformat(text)), False


def _aware(moment: datetime) -> datetime:
    _in_our_time(moment.date())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=clock.ZONE)


def _in_our_time(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError("not of this century")
    return day


def identifier(text: str, max_length: int) -> str:
    """A reference or number without the spaces around it; never cut."""
    stripped = text.strip()
    if len(stripped) > max_length or not stripped.isprintable():
        raise ValueError("no identifier")
    return stripped


def squeezed(parts: list[str], max_length: int) -> str:
    """Texts in one line, each once, in their order, cut to `max_length`.

    >>> squeezed(["rau  muống", "rau muống", "C4X"], 100)
    'rau muống C4X'
    """
    words = dict.fromkeys(" ".join(part.replace("\0", "\ufffd").split()) for part in parts)
    return " ".join(word for word in words if word)[:max_length]
