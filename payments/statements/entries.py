"""One entry (`Ntry`) of a camt.053 as lines, or as the finding why it gives none.

The entry is the money: its amount, its direction, booked or not. Its details say whose it was, and are believed only
where they agree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core import clock
from payments.statement_lines import Direction, Line
from payments.statements.amounts import CURRENCY, DIRECTIONS, Number, fault, read_amount
from payments.statements.details import RETURNED, Detail, Details, Party
from payments.statements.elements import Element, Names, line_of, plain
from payments.statements.errors import Unreadable
from payments.statements.items import Finding, FindingKind
from payments.statements.limits import CONTENT_MAX_LENGTH, REFERENCE_MAX_LENGTH
from payments.statements.values import squeezed, xml_day, xml_moment

BOOKED: Final = "BOOK"
#: Waiting, for information, of a day to come: no money yet.
NOT_BOOKED: Final = frozenset({"PDNG", "INFO", "FUTR"})


@dataclass(frozen=True, slots=True)
class Booked:
    """What an entry moved, in whatever currency."""

    direction: Direction
    amount: Number
    currency: str

    @property
    def signed(self) -> Number:
        """A debit is below nothing."""
        return self.amount if self.direction is Direction.CREDIT else -self.amount


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry gives: what it moved, for the statement's sums, and its lines and findings.

    `booked` is None where it waits or is for information.
    """

    booked: Booked | None
    lines: list[Line]
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a statement is of, and the BIN of its bank where the statement says it."""

    number: str
    bank_bin: str | None


def read_entry(names: Names, element: Element, account: Account, details: Details) -> Entry:
    """An entry that is whole. Raises `Unreadable`."""
    return _Reading(names, element, account, details).entry()


class _Reading:
    """An entry while it is read."""

    def __init__(self, names: Names, element: Element, account: Account, details: Details) -> None:
        self._names = names
        self._element = element
        self._account = account
        self._details = details
        self._line_number = line_of(element)
        self._ref = names.token(element, REFERENCE_MAX_LENGTH, "NtryRef")
        self._bank_ref = names.token(element, REFERENCE_MAX_LENGTH, "AcctSvcrRef")

    def entry(self) -> Entry:
        status = self._status()
        if status != BOOKED:
            return self._nothing(None, FindingKind.NOT_BOOKED, BOOKED, status)
        booked = Booked(self._direction(), *self._money())
        if booked.currency != CURRENCY:
            shown = f"{booked.signed} {booked.currency}"
            return self._nothing(booked, FindingKind.OTHER_CURRENCY, CURRENCY, shown)
        if booked.amount == 0:
            return self._nothing(booked, FindingKind.NOTHING_MOVED)
        booked_at = self._booked_at()
        if booked_at is None:
            return self._nothing(booked, FindingKind.NO_BOOKING_TIME)
        finding = self._disagreement(int(booked.signed))
        if finding is not None:
            return Entry(booked, [], [finding])
        return Entry(booked, list(self._lines(int(booked.amount), booked.direction, *booked_at)), [])

    def _nothing(self, booked: Booked | None, kind: FindingKind, expected: str = "", found: str = "") -> Entry:
        return Entry(booked, [], [self._finding(kind, expected, found)])

    def _finding(self, kind: FindingKind, expected: str, found: str) -> Finding:
        shown = self._ref or self._bank_ref
        return Finding(kind, self._line_number, self._account.number, shown, expected, found)

    def _status(self) -> str:
        # A text until version 06, a code within from 07 on; some banks write the new version with the old text.
        found = self._names.find(self._element, "Sts")
        status = None
        if found is not None:
            status = self._names.text(found, "Cd") if len(found) else plain(found)
        if status is None or status not in NOT_BOOKED | {BOOKED}:
            raise self._unreadable("Sts", status)
        return status

    def _direction(self) -> Direction:
        written = self._names.text(self._element, "CdtDbtInd")
        if written not in DIRECTIONS:
            raise self._unreadable("CdtDbtInd", written)
        return DIRECTIONS[written]

    def _money(self) -> tuple[Number, str]:
        amount = self._names.find(self._element, "Amt")
        if amount is None:
            raise self._unreadable("Amt", None)
        try:
            return read_amount(amount)
        except ValueError as error:
            raise self._unreadable("Amt", amount.text) from error

    def _booked_at(self) -> tuple[datetime, bool] | None:
        moment = self._names.text(self._element, "BookgDt", "DtTm")
        day = self._names.text(self._element, "BookgDt", "Dt")
        try:
            if moment is not None:
                return xml_moment(moment), False
            return (clock.day_start(xml_day(day)), True) if day is not None else None
        except ValueError as error:
            raise self._unreadable("BookgDt", moment or day) from error

    def _is_reversal(self) -> bool:
        written = self._names.text(self._element, "RvslInd")
        if written not in {None, "true", "false", "1", "0"}:
            raise self._unreadable("RvslInd", written)
        family = self._names.text(self._element, "BkTxCd", "Domn", "Fmly", "SubFmlyCd")
        return written in {"true", "1"} or family == RETURNED

    def _disagreement(self, signed_vnd: int) -> Finding | None:
        """Why the details are not to be believed; None when they agree, or there are none."""
        found = self._details.found
        stated = sum(stated for stated, _there in self._details.counted)
        if not found:
            several = stated > 1
            return self._finding(FindingKind.BATCH_WITHOUT_DETAILS, str(stated), "0") if several else None
        kind = FindingKind.DETAILS_DISAGREE
        for said, there in self._details.counted:
            if said != there:
                return self._finding(kind, f"{said} TxDtls", f"{there} TxDtls")
        foreign = sorted({detail.currency for detail in found if detail.currency not in {None, CURRENCY}} - {None})
        if foreign:
            return self._finding(kind, CURRENCY, ", ".join(str(currency) for currency in foreign))
        if len(found) == 1 and found[0].amount_vnd is None:
            return None
        if any(detail.amount_vnd is None for detail in found):
            return self._finding(kind, f"{signed_vnd} {CURRENCY}", "?")
        direction = Direction.CREDIT if signed_vnd > 0 else Direction.DEBIT
        total = sum(_signed(detail.amount_vnd or 0, detail.direction or direction) for detail in found)
        return None if total == signed_vnd else self._finding(kind, f"{signed_vnd} {CURRENCY}", f"{total} {CURRENCY}")

    def _lines(self, amount_vnd: int, direction: Direction, booked_at: datetime, day_only: bool) -> Iterator[Line]:  # noqa: FBT001 - as `_booked_at` gives it
        found = self._details.found or [self._as_detail()]
        alone = len(found) == 1
        shared = {ref for ref, times in Counter(detail.bank_ref for detail in found).items() if times > 1}
        reversed_whole = self._is_reversal()
        note = [self._names.text(self._element, "AddtlNtryInf") or ""] if alone else []
        for detail in found:
            moved_vnd = amount_vnd if detail.amount_vnd is None else detail.amount_vnd
            if moved_vnd == 0:
                continue
            way = detail.direction or direction
            party = detail.debtor if way is Direction.CREDIT else detail.creditor
            own_ref = None if detail.bank_ref in shared else detail.bank_ref
            yield Line(
                account_number=self._account.number,
                direction=way,
                amount_vnd=moved_vnd,
                booked_at=booked_at,
                day_only=day_only,
                bank_ref=own_ref or (self._bank_ref if alone else None),
                external_id=detail.external_id,
                other_refs=detail.other_refs,
                virtual_account=self._virtual_account(way, detail),
                content=squeezed([*detail.texts, *note], CONTENT_MAX_LENGTH),
                party_name=party.name,
                party_account=party.account,
                party_bank_bin=party.bank_bin,
                bank_bin=self._account.bank_bin,
                is_reversal=reversed_whole or detail.is_return,
                line_number=detail.line_number,
                entry_ref=self._ref,
            )

    def _as_detail(self) -> Detail:
        nobody = Party(None, None, None)
        return Detail(
            None, None, None, None, None, (), nobody, nobody, (), is_return=False, line_number=self._line_number
        )

    def _virtual_account(self, way: Direction, detail: Detail) -> str | None:
        """The account that was paid, where it is another than the one that the money lies on."""
        paid = detail.creditor.account if way is Direction.CREDIT else None
        return paid if paid != self._account.number else None

    def _unreadable(self, name: str, written: str | None) -> Unreadable:
        return Unreadable(fault(self._line_number, name, written, self._ref or self._bank_ref))


def _signed(amount_vnd: int, direction: Direction) -> int:
    return amount_vnd if direction is Direction.CREDIT else -amount_vnd
