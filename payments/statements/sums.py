"""What a statement says of its own entries, and what they come to: balances, sums and counts.

Amounts of other currencies are no money of ours, but a statement in one must add up all the same: where it does not,
something of it is missing or was read wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask_babel import lazy_gettext as _

from payments.statement_lines import Direction
from payments.statements.amounts import CURRENCY, DIRECTIONS, Number, money, parsed
from payments.statements.elements import Element, Names, line_of
from payments.statements.entries import Booked
from payments.statements.errors import Fault, Unreadable
from payments.statements.items import FindingKind
from payments.statements.values import count, decimal_sum

#: Balances before the first booking and after the last: booked, not available, and not between two pages.
OPENING: Final = ("OPBD", "PRCD")
CLOSING: Final = "CLBD"
#: What a statement sums up, by direction, each with the sign that it is shown with.
SUMMED: Final = {Direction.CREDIT: ("TtlCdtNtries", "+"), Direction.DEBIT: ("TtlDbtNtries", "-")}


@dataclass(slots=True)
class _Total:
    """The entries of one direction: how many there are and what they come to, in any currency."""

    entries: int = 0
    amount: Number = 0


class Sums:
    """The sums of one statement, while it is read."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._balances: dict[tuple[str, str], Number] = {}
        self._moved: dict[str, Number] = {}
        self._totals = {direction: _Total() for direction in Direction}
        self._waiting = 0
        self._entries_stated: int | None = None
        self._stated: dict[Direction, tuple[int | None, Decimal | None]] = dict.fromkeys(Direction, (None, None))

    def add(self, booked: Booked | None) -> None:
        """One entry; None when it was not booked."""
        if booked is None:
            self._waiting += 1
            return
        total = self._totals[booked.direction]
        total.entries += 1
        total.amount += booked.amount
        self._moved[booked.currency] = self._moved.get(booked.currency, 0) + booked.signed

    def read_balance(self, element: Element) -> None:
        """A `Bal`. Raises `Unreadable`: it cannot be read, or it is another than one of its kind before."""
        code = self._names.text(element, "Tp", "CdOrPrtry", "Cd")
        between_pages = self._names.find(element, "Tp", "SubTp") is not None
        if code is None or between_pages or code not in {*OPENING, CLOSING}:
            return
        amount = self._names.find(element, "Amt")
        way = self._names.text(element, "CdtDbtInd")
        if amount is None or way not in DIRECTIONS:
            raise Unreadable(Fault(_("This balance cannot be read."), line_of(element)))
        balance = Booked(DIRECTIONS[way], *money(amount))
        if self._balances.setdefault((code, balance.currency), balance.signed) != balance.signed:
            raise Unreadable(Fault(_("There are two balances %(code)s.", code=code), line_of(element)))

    def read_summary(self, element: Element) -> None:
        """The `TxsSummry`. Raises `Unreadable`."""
        self._entries_stated = self._count(element, "TtlNtries")
        for direction, (name, _sign) in SUMMED.items():
            written = self._names.text(element, name, "Sum")
            amount = None if written is None else parsed(element, "Sum", written, decimal_sum)
            self._stated[direction] = self._count(element, name), amount

    def _count(self, element: Element, name: str) -> int | None:
        written = self._names.text(element, name, "NbOfNtries")
        return None if written is None else parsed(element, "NbOfNtries", written, count)

    @property
    def opening_vnd(self) -> int | None:
        """The balance before the first booking, where the statement says it."""
        return _whole(self._opening(CURRENCY))

    @property
    def closing_vnd(self) -> int | None:
        """The balance after the last booking, where the statement says it."""
        return _whole(self._balances.get((CLOSING, CURRENCY)))

    @property
    def are_of_another_currency(self) -> bool:
        """Whether the statement has balances in other money than ours."""
        return any(currency != CURRENCY for _code, currency in self._balances)

    def disagreements(self) -> Iterator[tuple[FindingKind, str, str]]:
        """What does not fit: in which way, what the statement says, and what its entries give."""
        yield from self._counts()
        yield from self._amounts()
        for currency in sorted({currency for _code, currency in self._balances}):
            opening, closing = self._opening(currency), self._balances.get((CLOSING, currency))
            found = None if opening is None else opening + self._moved.get(currency, 0)
            if found is not None and closing is not None and found != closing:
                yield FindingKind.BALANCES_DISAGREE, f"{closing} {currency}", f"{found} {currency}"

    def _counts(self) -> Iterator[tuple[FindingKind, str, str]]:
        booked = sum(total.entries for total in self._totals.values())
        stated, found = [], []
        if self._entries_stated is not None:
            # Some banks count what waits, some do not.
            with_waiting = booked + self._waiting
            stated.append(str(self._entries_stated))
            found.append(str(booked if self._entries_stated == booked else with_waiting))
        if not self._waiting:
            for direction, (_name, sign) in SUMMED.items():
                entries, _amount = self._stated[direction]
                if entries is not None:
                    stated.append(f"{sign}{entries}")
                    found.append(f"{sign}{self._totals[direction].entries}")
        if stated != found:
            yield FindingKind.COUNT_DISAGREES, " ".join(stated), " ".join(found)

    def _amounts(self) -> Iterator[tuple[FindingKind, str, str]]:
        # A sum says no currency: of several it would be none.
        if self._waiting or len(self._moved) > 1:
            return
        wanted = [
            (sign, amount, self._totals[direction].amount)
            for direction, (_name, sign) in SUMMED.items()
            if (amount := self._stated[direction][1]) is not None
        ]
        if any(amount != found for _sign, amount, found in wanted):
            stated = " ".join(f"{sign}{amount}" for sign, amount, _found in wanted)
            yield FindingKind.SUMS_DISAGREE, stated, " ".join(f"{sign}{found}" for sign, _amount, found in wanted)

    def _opening(self, currency: str) -> Number | None:
        found = (self._balances.get((code, currency)) for code in OPENING)
        return next((balance for balance in found if balance is not None), None)


def _whole(balance: Number | None) -> int | None:
    return None if balance is None else int(balance)
