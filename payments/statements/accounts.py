"""One statement (`Stmt`) of a camt.053: its account, its time, its balances, and what its entries add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from flask_babel import lazy_gettext as _

from payments.statements.elements import Element, Names, line_of
from payments.statements.entries import (
    DIRECTIONS,
    Account,
    Details,
    account_id,
    institution_bin,
    money,
    parsed,
    read_entry,
)
from payments.statements.errors import Fault, Unreadable
from payments.statements.limits import REFERENCE_MAX_LENGTH
from payments.statements.lines import HARMLESS, AccountPeriod, Finding, FindingKind, Item
from payments.statements.values import count, xml_moment

#: Balances before the first booking and after the last: booked, not available, and not between two pages.
OPENING: Final = frozenset({"OPBD", "PRCD"})
CLOSING: Final = "CLBD"


class Statement:
    """A statement while it is read. `page` is what the message says of its own pages."""

    def __init__(self, names: Names, line_number: int, page: Element | None) -> None:
        self._names = names
        self._line_number = line_number
        self._account: Account | None = None
        self._ref: str | None = None
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._entire = page is None or not self._is_one_of_several(page)
        self._balances: dict[str, int] = {}
        self._booked_vnd = 0
        self._entries = 0
        self._entries_stated: int | None = None
        self.details = Details()
        self._readers: dict[str, Callable[[Element], None]] = {
            names("Id"): self._read_id,
            names("FrToDt"): self._read_period,
            names("Acct"): self._read_account,
            names("Bal"): self._read_balance,
            names("TxsSummry"): self._read_summary,
            names("StmtPgntn"): self._read_page,
        }

    def read(self, element: Element) -> None:
        """Something that the statement says of itself is whole."""
        reader = self._readers.get(element.tag)
        if reader is not None:
            reader(element)

    def end_entry(self, element: Element) -> list[Item]:
        """An entry is whole, its details are in `details`."""
        if self._account is None:
            raise self._no_account(line_of(element))
        entry = read_entry(self._names, element, self._account, self.details)
        self.details = Details()
        self._entries += 1
        self._booked_vnd += entry.booked_vnd
        return [*entry.lines, *(self._note(finding) for finding in entry.findings)]

    def end(self) -> list[Item]:
        """The statement is over."""
        if self._account is None:
            raise self._no_account(self._line_number)
        findings = [self._note(finding) for finding in self._sums()]
        period = AccountPeriod(
            account_number=self._account.number,
            statement_ref=self._ref,
            since=self._since,
            until=self._until,
            entire=self._entire and self._since is not None and self._until is not None,
            opening_vnd=self._opening_vnd,
            closing_vnd=self._balances.get(CLOSING),
            line_number=self._line_number,
        )
        return [*findings, period]

    def _note(self, finding: Finding) -> Finding:
        if finding.kind not in HARMLESS:
            self._entire = False
        return finding

    def _sums(self) -> Iterator[Finding]:
        if self._entries_stated not in {None, self._entries}:
            yield self._finding(FindingKind.COUNT_DISAGREES, str(self._entries_stated), str(self._entries))
        opening, closing = self._opening_vnd, self._balances.get(CLOSING)
        if opening is not None and closing is not None and opening + self._booked_vnd != closing:
            kind = FindingKind.BALANCES_DISAGREE
            yield self._finding(kind, f"{closing} VND", f"{opening + self._booked_vnd} VND")

    def _finding(self, kind: FindingKind, expected: str, found: str) -> Finding:
        return Finding(kind, self._line_number, self._account.number if self._account else None, None, expected, found)

    @property
    def _opening_vnd(self) -> int | None:
        opening = self._balances.get("OPBD")
        return opening if opening is not None else self._balances.get("PRCD")

    def _read_id(self, element: Element) -> None:
        self._ref = (element.text or "").strip()[:REFERENCE_MAX_LENGTH] or None

    def _read_period(self, element: Element) -> None:
        since = self._names.text(element, "FrDtTm")
        until = self._names.text(element, "ToDtTm")
        self._since = None if since is None else parsed(element, "FrDtTm", since, xml_moment)
        self._until = None if until is None else parsed(element, "ToDtTm", until, xml_moment)

    def _read_account(self, element: Element) -> None:
        if self._account is not None:
            raise Unreadable(Fault(_("A statement is of one account."), line_of(element)))
        number = account_id(self._names, element)
        servicer = institution_bin(self._names, self._names.find(element, "Svcr", "FinInstnId"))
        self._account = None if number is None else Account(number, servicer)

    def _read_balance(self, element: Element) -> None:
        code = self._names.text(element, "Tp", "CdOrPrtry", "Cd")
        between_pages = self._names.find(element, "Tp", "SubTp") is not None
        if code is None or between_pages or code not in OPENING | {CLOSING}:
            return
        amount = self._names.find(element, "Amt")
        way = self._names.text(element, "CdtDbtInd")
        if amount is None or way not in DIRECTIONS:
            raise Unreadable(Fault(_("This balance cannot be read."), line_of(element)))
        amount_vnd, _currency = money(amount)
        if amount_vnd is not None:
            signed_vnd = amount_vnd if way == "CRDT" else -amount_vnd
            if self._balances.setdefault(code, signed_vnd) != signed_vnd:
                raise Unreadable(Fault(_("There are two balances %(code)s.", code=code), line_of(element)))

    def _read_summary(self, element: Element) -> None:
        stated = self._names.text(element, "TtlNtries", "NbOfNtries")
        self._entries_stated = None if stated is None else parsed(element, "NbOfNtries", stated, count)

    def _read_page(self, element: Element) -> None:
        if self._is_one_of_several(element):
            self._entire = False

    def _is_one_of_several(self, page: Element) -> bool:
        number, last = self._names.text(page, "PgNb"), self._names.text(page, "LastPgInd")
        return number not in {None, "1"} or last in {"false", "0"}

    def _no_account(self, line_number: int) -> Unreadable:
        return Unreadable(Fault(_("The statement does not say of which account it is."), line_number))
