"""The transactions (`TxDtls`) of an entry of a camt.053: what each moved, by which references, between whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from flask_babel import lazy_gettext as _

from payments.statement_lines import Direction
from payments.statements.amounts import CURRENCY, DIRECTIONS, fault, money, parsed
from payments.statements.elements import Element, Names, line_of, plain
from payments.statements.errors import Fault, Unreadable
from payments.statements.limits import ACCOUNT_MAX_LENGTH, BATCH_DETAILS_MAX, NAME_MAX_LENGTH, REFERENCE_MAX_LENGTH
from payments.statements.values import count, identifier

#: How a bank that knows the gateway's id of a credit writes it: `Refs/Prtry` with this type.
EXTERNAL_ID_TYPE: Final = "CREDIT_ID"
#: The sub-family of a transfer that came back.
RETURNED: Final = "RRTN"
NOT_PROVIDED: Final = "NOTPROVIDED"
BIN_LENGTH = 6


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


def _detail(names: Names, element: Element) -> Detail:
    amount_vnd, currency = _amount_of_detail(names, element)
    written = names.text(element, "CdtDbtInd")
    if written is not None and written not in DIRECTIONS:
        raise Unreadable(fault(line_of(element), "CdtDbtInd", written))
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
    """A bank's BIN where it stands as that of a clearing member, or as an id of its own: six digits, else None."""
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
