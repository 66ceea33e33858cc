"""One entry (`Ntry`) of a camt.053 as lines, or as the finding why it gives none.

The entry is the money: its amount, its direction, booked or not. Its details say whose it was, and are believed only
where they agree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

from flask_babel import lazy_gettext as _

from core import clock
from payments.statement_lines import Direction, Line
from payments.statements.elements import Element, Names, line_of, plain
from payments.statements.errors import Fault, Unreadable
from payments.statements.items import Finding, FindingKind
from payments.statements.limits import (
    ACCOUNT_MAX_LENGTH,
    BATCH_DETAILS_MAX,
    CONTENT_MAX_LENGTH,
    NAME_MAX_LENGTH,
    REFERENCE_MAX_LENGTH,
)
from payments.statements.values import count, decimal_amount, decimal_vnd, identifier, squeezed, xml_day, xml_moment

CURRENCY: Final = "VND"
BOOKED: Final = "BOOK"
#: Waiting, for information, of a day to come: no money yet.
NOT_BOOKED: Final = frozenset({"PDNG", "INFO", "FUTR"})
DIRECTIONS: Final = {"CRDT": Direction.CREDIT, "DBIT": Direction.DEBIT}
#: How a bank that knows the gateway's id of a credit writes it: `Refs/Prtry` with this type.
EXTERNAL_ID_TYPE: Final = "CREDIT_ID"
#: The sub-family of a transfer that came back.
RETURNED: Final = "RRTN"
NOT_PROVIDED: Final = "NOTPROVIDED"
BIN_LENGTH = 6

#: Whole đồng, or a decimal of another currency.
Number: TypeAlias = int | Decimal

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a transfer."""

    name: str | None
    account: str | None
    bank_bin: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One transaction of an entry (`TxDtls`). `amount_vnd` is None where it says none, or another currency's."""

    amount_vnd: int | None
    currency: str | None
    direction: Direction | None
    bank_ref: str | None
    external_id: str | None
    other_refs: tuple[str, ...]
    debtor: Party
    creditor: Party
    texts: tuple[str, ...]
    is_return: bool
    line_number: int


@dataclass(slots=True)
class Details:
    """The transactions of the entry at hand, as they are read."""

    found: list[Detail] = field(default_factory=list)
    #: What the entry's batches say they hold, each with what was there.
    counted: list[tuple[int, int]] = field(default_factory=list)
    _before_batch: int = 0

    def add(self, names: Names, element: Element) -> None:
        """One `TxDtls`. Raises `Unreadable`, also past `BATCH_DETAILS_MAX`."""
        if len(self.found) == BATCH_DETAILS_MAX:
            words = _("An entry has more than %(count)s transactions.", count=BATCH_DETAILS_MAX)
            raise Unreadable(Fault(words, line_of(element)))
        self.found.append(_detail(names, element))

    def end_batch(self, names: Names, element: Element) -> None:
        """One `NtryDtls` is over."""
        written = names.text(element, "Btch", "NbOfTxs")
        if written is not None:
            stated = parsed(element, "NbOfTxs", written, count)
            self._drop_heading(stated)
            self.counted.append((stated, len(self.found) - self._before_batch))
        self._before_batch = len(self.found)

    def _drop_heading(self, stated: int) -> None:
        # Belgian banks describe the batch itself before its transactions, as one more of them without an amount.
        without_amount = [detail.currency is None for detail in self.found[self._before_batch :]]
        if without_amount == [True] + [False] * stated:
            del self.found[self._before_batch]


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
    """The account that a statement is of, and the BIN of its bank where that is told."""

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
            return _amount(amount)
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
        return Unreadable(_fault(self._line_number, name, written, self._ref or self._bank_ref))


def _fault(line_number: int, name: str, written: str | None, entry_ref: str | None = None) -> Fault:
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
        raise Unreadable(_fault(line_of(element), name, written)) from error


def money(element: Element) -> tuple[Number, str]:
    """An amount with its currency. Raises `Unreadable`."""
    try:
        return _amount(element)
    except ValueError as error:
        raise Unreadable(_fault(line_of(element), "Amt", element.text or "")) from error


def _amount(element: Element) -> tuple[Number, str]:
    written = plain(element) or ""
    currency = (element.get("Ccy") or "").strip()
    if currency == CURRENCY:
        return decimal_vnd(written), currency
    if not (len(currency) == len(CURRENCY) and currency.isascii() and currency.isupper()):
        raise ValueError("no currency")
    return decimal_amount(written), currency


def _signed(amount_vnd: int, direction: Direction) -> int:
    return amount_vnd if direction is Direction.CREDIT else -amount_vnd


def _detail(names: Names, element: Element) -> Detail:
    amount_vnd, currency = _amount_of_detail(names, element)
    written = names.text(element, "CdtDbtInd")
    if written is not None and written not in DIRECTIONS:
        raise Unreadable(_fault(line_of(element), "CdtDbtInd", written))
    refs = names.find(element, "Refs")
    family = names.text(element, "BkTxCd", "Domn", "Fmly", "SubFmlyCd")
    return Detail(
        amount_vnd=amount_vnd,
        currency=currency,
        direction=DIRECTIONS[written] if written is not None else None,
        bank_ref=None if refs is None else names.token(refs, REFERENCE_MAX_LENGTH, "AcctSvcrRef"),
        external_id=None if refs is None else _external_id(names, refs),
        other_refs=() if refs is None else _other_refs(names, refs),
        debtor=_party(names, element, "Dbtr"),
        creditor=_party(names, element, "Cdtr"),
        texts=tuple(_texts(names, element)),
        is_return=names.find(element, "RtrInf") is not None or family == RETURNED,
        line_number=line_of(element),
    )


def _amount_of_detail(names: Names, element: Element) -> tuple[int | None, str | None]:
    """Of version 03 on it is `Amt`; before, and at banks that go on so, the transaction's amount in `AmtDtls`."""
    found = names.find(element, "Amt")
    if found is None:
        found = names.find(element, "AmtDtls", "TxAmt", "Amt")
    if found is None:
        return None, None
    amount, currency = money(found)
    return (int(amount) if currency == CURRENCY else None), currency


def _external_id(names: Names, refs: Element) -> str | None:
    for own in names.all(refs, "Prtry"):
        if names.text(own, "Tp") == EXTERNAL_ID_TYPE:
            return names.token(own, REFERENCE_MAX_LENGTH, "Ref")
    return None


def _other_refs(names: Names, refs: Element) -> tuple[str, ...]:
    found = (_reference(names.text(refs, name) or "") for name in ("EndToEndId", "TxId", "InstrId"))
    return tuple(dict.fromkeys(ref for ref in found if ref and ref != NOT_PROVIDED))


def _reference(written: str) -> str | None:
    """A reference of the payer's or another bank's; what cannot be one must not stop our bank's whole file."""
    try:
        return identifier(written, REFERENCE_MAX_LENGTH)
    except ValueError:
        return None


def _party(names: Names, element: Element, side: str) -> Party:
    found = names.find(element, "RltdPties", side)
    name = None if found is None else _party_name(names, found)
    holder = names.find(element, "RltdPties", f"{side}Acct")
    account = None if holder is None else account_id(names, holder)
    return Party(name[:NAME_MAX_LENGTH] if name else None, account, _bank_bin(names, element, side))


def _party_name(names: Names, element: Element) -> str | None:
    # From version 07 on a party is a person or a bank; before, it was a person at once.
    for path in (("Nm",), ("Pty", "Nm"), ("Agt", "FinInstnId", "Nm")):
        name = names.text(element, *path)
        if name is not None:
            return name
    return None


def account_id(names: Names, element: Element) -> str | None:
    """The number of an account: its IBAN, or what the bank calls it."""
    return names.token(element, ACCOUNT_MAX_LENGTH, "Id", "IBAN") or names.token(
        element, ACCOUNT_MAX_LENGTH, "Id", "Othr", "Id"
    )


def _bank_bin(names: Names, element: Element, side: str) -> str | None:
    return institution_bin(names, names.find(element, "RltdAgts", f"{side}Agt", "FinInstnId"))


def institution_bin(names: Names, institution: Element | None) -> str | None:
    """A bank's BIN where it is told as that of a clearing member, or as an id of its own: six digits, else None."""
    if institution is None:
        return None
    for path in (("ClrSysMmbId", "MmbId"), ("Othr", "Id")):
        written = names.text(institution, *path)
        if written is not None and len(written) == BIN_LENGTH and written.isascii() and written.isdecimal():
            return written
    return None


def _texts(names: Names, element: Element) -> Iterator[str]:
    """What the payer wrote, then references in it, then what the bank adds."""
    for information in names.all(element, "RmtInf"):
        for free in names.all(information, "Ustrd"):
            yield plain(free) or ""
        for structured in names.all(information, "Strd"):
            yield names.text(structured, "CdtrRefInf", "Ref") or ""
            for more in names.all(structured, "AddtlRmtInf"):
                yield plain(more) or ""
    yield names.text(element, "AddtlTxInf") or ""
