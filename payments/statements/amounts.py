"""Amounts and other texts of a camt.053 that are read in several places, with the fault where one cannot be."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

from flask_babel import lazy_gettext as _

from payments.statement_lines import Direction
from payments.statements.elements import Element, line_of, plain
from payments.statements.errors import Fault, Unreadable
from payments.statements.values import decimal_amount, decimal_vnd

CURRENCY: Final = "VND"
DIRECTIONS: Final = {"CRDT": Direction.CREDIT, "DBIT": Direction.DEBIT}

#: Whole đồng, or a decimal of another currency.
Number: TypeAlias = int | Decimal

_Read = TypeVar("_Read")


def fault(line_number: int, name: str, written: str | None, entry_ref: str | None = None) -> Fault:
    """What is wrong with an element of that name: nothing is `written` there, or what cannot be read."""
    if written is None:
        return Fault(_("%(name)s is missing.", name=name), line_number, entry_ref=entry_ref)
    return Fault(
        _("%(name)s “%(text)s” cannot be read.", name=name, text=written[:80]), line_number, entry_ref=entry_ref
    )


def parsed(element: Element, name: str, written: str, read: Callable[[str], _Read]) -> _Read:
    """What `read` makes of a text. Raises `Unreadable` where it raises `ValueError`."""
    try:
        return read(written)
    except ValueError as error:
        raise Unreadable(fault(line_of(element), name, written)) from error


def money(element: Element) -> tuple[Number, str]:
    """An amount with its currency. Raises `Unreadable`."""
    try:
        return read_amount(element)
    except ValueError as error:
        raise Unreadable(fault(line_of(element), "Amt", element.text or "")) from error


def read_amount(element: Element) -> tuple[Number, str]:
    """An amount with its currency. Raises `ValueError`."""
    written = plain(element) or ""
    currency = (element.get("Ccy") or "").strip()
    if currency == CURRENCY:
        return decimal_vnd(written), currency
    if not (len(currency) == len(CURRENCY) and currency.isascii() and currency.isupper()):
        raise ValueError("no currency")
    return decimal_amount(written), currency
