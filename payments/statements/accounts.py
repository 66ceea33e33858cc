"""One statement (`Stmt`) of a camt.053: its account, its time, its pages, and what it gives when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import lazy_gettext as _

from payments.statements.amounts import CURRENCY, parsed
from payments.statements.details import Details, account_id, institution_bin
from payments.statements.elements import Element, Names, line_of
from payments.statements.entries import Account, read_entry
from payments.statements.errors import Fault, Unreadable
from payments.statements.items import HARMLESS, AccountPeriod, Finding, Item
from payments.statements.limits import REFERENCE_MAX_LENGTH
from payments.statements.sums import Sums
from payments.statements.values import count, xml_moment


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
        self._sums = Sums(names)
        self.details = Details()
        self._readers: dict[str, Callable[[Element], None]] = {
            names("Id"): self._read_id,
            names("FrToDt"): self._read_period,
            names("Acct"): self._read_account,
            names("Bal"): self._sums.read_balance,
            names("TxsSummry"): self._sums.read_summary,
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
        self._sums.add(entry.booked)
        return [*entry.lines, *(self._note(finding) for finding in entry.findings)]

    def end(self) -> list[Item]:
        """The statement is over."""
        if self._account is None:
            raise self._no_account(self._line_number)
        number = self._account.number
        findings = [
            self._note(Finding(kind, self._line_number, number, None, expected, found))
            for kind, expected, found in self._sums.disagreements()
        ]
        if self._sums.are_of_another_currency:
            self._entire = False
        period = AccountPeriod(
            account_number=number,
            statement_ref=self._ref,
            since=self._since,
            until=self._until,
            entire=self._entire and self._since is not None and self._until is not None,
            opening_vnd=self._sums.opening_vnd,
            closing_vnd=self._sums.closing_vnd,
            line_number=self._line_number,
        )
        return [*findings, period]

    def _note(self, finding: Finding) -> Finding:
        if finding.kind not in HARMLESS:
            self._entire = False
        return finding

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
        if self._names.text(element, "Ccy") not in {None, CURRENCY}:
            self._entire = False

    def _read_page(self, element: Element) -> None:
        if self._is_one_of_several(element):
            self._entire = False

    def _is_one_of_several(self, page: Element) -> bool:
        written, last = self._names.text(page, "PgNb"), self._names.text(page, "LastPgInd")
        number = 1 if written is None else parsed(page, "PgNb", written, count)
        return number != 1 or last in {"false", "0"}

    def _no_account(self, line_number: int) -> Unreadable:
        return Unreadable(Fault(_("The statement does not say of which account it is."), line_number))
