"""Statements that others wrote, read to the sums that they say of themselves and that others than our reader find.

The files lie in packages that are no part of the project (`requirements/samples.in`). None is in đồng, so each is read
twice: as it is, where every booking must be told of and none be money; and with its cents as đồng, where every booking
must be a line. What is expected is counted here, from the same bytes, by another parser and without our reader's rules.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from payments.statement_lines import Direction, Line
from payments.statements.camt import read_camt
from payments.statements.errors import Unreadable
from payments.statements.items import AccountPeriod, Finding, FindingKind, Item
from tests.support.samples import file_of

ODOO = "odoo/addons/account_statement_import_camt/tests/samples/test-camt053"
LINO = "lino_xl/lib/b2c/fixtures/COD_"
#: Whose bank's file it is: the package, the file within it, and how many statements and entries it has.
FILES = {
    "Belfius": ("lino_xl", f"{LINO}20150907_O25MMF107I.xml", 63, 141),
    "ABN AMRO": ("odoo_addon_account_statement_import_camt", ODOO, 1, 3),
    "PostFinance": ("odoo_addon_account_statement_import_camt", f"{ODOO}-txdtls", 1, 1),
    "ABN AMRO, a day without bookings": ("odoo_addon_account_statement_import_camt", f"{ODOO}-no-ntry", 1, 0),
    "Bank of Ireland": (
        "odoo_addon_account_payment_return_import_iso20022",
        "odoo/addons/account_payment_return_import_iso20022/tests/test_files/test-sepa-camt-053-unpaid.xml",
        1,
        1,
    ),
    "an example of Belgium's banks": (
        "trytond_account_statement_sepa",
        "trytond/modules/account_statement_sepa/tests/camt.053.001.02.xml",
        1,
        1,
    ),
}
#: Who made the Belgian file fit to be shown left one account without its number.
WITHOUT_NUMBER = b"<IBAN></IBAN>"
NUMBER = b"<IBAN>BE00000000000000</IBAN>"

Part = tuple[list[Line], list[Finding], AccountPeriod]


@cache
def original(name: str) -> bytes:
    package, path, _statements, _entries = FILES[name]
    return file_of(package, path)


def as_it_is(name: str) -> bytes:
    return original(name).replace(WITHOUT_NUMBER, NUMBER)


def in_dong(name: str) -> bytes:
    """The file with its cents as đồng. Nothing but amounts and names of currencies is touched."""
    content = re.sub(rb'(Ccy="|<Ccy>)[A-Z]{3}(?=["<])', rb"\1VND", as_it_is(name))
    amounts = rb'(Ccy="VND">|<Sum>)(\d*)\.?(\d{0,2})(?=<)'
    return re.sub(amounts, lambda found: found[1] + found[2] + found[3].ljust(2, b"0"), content)


def read(content: bytes) -> list[Item]:
    return list(read_camt(io.BytesIO(content)))


def parts(content: bytes) -> list[Part]:
    """What the reader gives, statement by statement."""
    items = read(content)
    ends = [place + 1 for place, item in enumerate(items) if isinstance(item, AccountPeriod)]
    found = []
    for start, end in pairwise([0, *ends]):
        period = items[end - 1]
        assert isinstance(period, AccountPeriod)
        lines = [item for item in items[start:end] if isinstance(item, Line)]
        found.append((lines, [item for item in items[start:end] if isinstance(item, Finding)], period))
    assert ends[-1] == len(items)
    return found


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def within(element: ET.Element, path: str) -> list[ET.Element]:
    found = [element]
    for step in path.split("/"):
        found = [child for parent in found for child in parent if local(child) == step]
    return found


def text(element: ET.Element, path: str) -> str | None:
    return next(((found.text or "").strip() for found in within(element, path)), None)


def amount(element: ET.Element, path: str = "Amt") -> Decimal:
    return Decimal(text(element, path) or "")


@dataclass
class Told:
    """What a statement says of itself, and what its entries come to."""

    statement: ET.Element

    @property
    def entries(self) -> list[ET.Element]:
        return within(self.statement, "Ntry")

    def of(self, way: str) -> list[Decimal]:
        return [amount(entry) for entry in self.entries if text(entry, "CdtDbtInd") == way]

    def balance(self, code: str) -> Decimal | None:
        found = [one for one in within(self.statement, "Bal") if text(one, "Tp/CdOrPrtry/Cd") == code]
        return None if not found else amount(found[0]) * (1 if text(found[0], "CdtDbtInd") == "CRDT" else -1)

    def cents(self, code: str) -> int | None:
        balance = self.balance(code)
        return None if balance is None else int(balance * 100)

    @property
    def transactions(self) -> Iterator[tuple[ET.Element, Decimal]]:
        """What stands for a booking of its own: transactions with an amount; without one, the entry."""
        for entry in self.entries:
            inner = within(entry, "NtryDtls/TxDtls")
            with_amount = [
                (one, Decimal(found))
                for one in inner
                if (found := text(one, "Amt") or text(one, "AmtDtls/TxAmt/Amt")) is not None
            ]
            yield from with_amount or [((inner or [entry])[0], amount(entry))]

    @property
    def reversals(self) -> Decimal:
        """What was taken back: marked so, or returned transaction by transaction."""
        taken_back = [
            amount(entry)
            for entry in self.entries
            if text(entry, "RvslInd") == "true" or within(entry, "NtryDtls/TxDtls/RtrInf")
        ]
        return sum(taken_back, Decimal(0))

    @property
    def contradictions(self) -> Counter[FindingKind]:
        """Where the file says two things: what it sums up, and what stands in it."""
        opening, closing = self.balance("OPBD"), self.balance("CLBD")
        moved = sum(self.of("CRDT")) - sum(self.of("DBIT"))
        found = set()
        if opening is not None and closing is not None and opening + moved != closing:
            found.add(FindingKind.BALANCES_DISAGREE)
        for name, way in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
            if text(self.statement, f"TxsSummry/{name}/NbOfNtries") not in {None, str(len(self.of(way)))}:
                found.add(FindingKind.COUNT_DISAGREES)
            if within(self.statement, f"TxsSummry/{name}"):
                stated = amount(self.statement, f"TxsSummry/{name}/Sum")
                if stated != sum(self.of(way)):
                    found.add(FindingKind.SUMS_DISAGREE)
        assert text(self.statement, "TxsSummry/TtlNtries/NbOfNtries") in {None, str(len(self.entries))}
        return Counter(found)


def told(name: str) -> list[Told]:
    return [Told(element) for element in ET.fromstring(as_it_is(name)).iter() if local(element) == "Stmt"]


def moved_vnd(lines: list[Line], direction: Direction) -> int:
    return sum(line.amount_vnd for line in lines if line.direction is direction)


by_file = pytest.mark.parametrize("name", FILES)


@by_file
def test_all_of_its_statements_and_entries_are_there(name: str) -> None:
    _package, _path, statements, entries = FILES[name]
    assert len(told(name)) == statements
    assert sum(len(one.entries) for one in told(name)) == entries
    assert len(parts(as_it_is(name))) == statements


@by_file
def test_in_its_own_currency_each_booking_is_told_of_and_none_is_money(name: str) -> None:
    for one, (lines, findings, period) in zip(told(name), parts(as_it_is(name)), strict=True):
        assert not lines
        shown = [finding.found.split() for finding in findings if finding.kind == FindingKind.OTHER_CURRENCY]
        amounts = [Decimal(signed) for signed, _currency in shown]
        assert sorted(amounts) == sorted([*one.of("CRDT"), *(-debit for debit in one.of("DBIT"))])
        assert {currency for _signed, currency in shown} <= {"EUR", "CHF"}
        assert Counter(finding.kind for finding in findings) - Counter(
            shown and {FindingKind.OTHER_CURRENCY: len(shown)}
        ) == (one.contradictions)
        assert (period.opening_vnd, period.closing_vnd, period.entire) == (None, None, False)


@by_file
def test_in_dong_its_lines_come_to_its_entries_and_its_balances(name: str) -> None:
    for one, (lines, findings, period) in zip(told(name), parts(in_dong(name)), strict=True):
        assert Counter(finding.kind for finding in findings) == one.contradictions
        assert moved_vnd(lines, Direction.CREDIT) == sum(one.of("CRDT")) * 100
        assert moved_vnd(lines, Direction.DEBIT) == sum(one.of("DBIT")) * 100
        assert [line.amount_vnd for line in lines] == [inner * 100 for _element, inner in one.transactions]
        assert sum(line.amount_vnd for line in lines if line.is_reversal) == one.reversals * 100
        assert (period.opening_vnd, period.closing_vnd) == (one.cents("OPBD"), one.cents("CLBD"))
        assert period.entire is (bool(within(one.statement, "FrToDt")) and not one.contradictions)


@by_file
def test_its_references_and_texts_are_those_of_its_transactions(name: str) -> None:
    for one, (lines, _findings, _period) in zip(told(name), parts(in_dong(name)), strict=True):
        for line, (element, _amount) in zip(lines, one.transactions, strict=True):
            ends = text(element, "Refs/EndToEndId")
            assert ends in {None, "NOTPROVIDED", *line.other_refs}
            for free in within(element, "RmtInf/Ustrd"):
                assert " ".join((free.text or "").split()) in line.content
            side = "Dbtr" if line.direction is Direction.CREDIT else "Cdtr"
            assert line.party_name == (
                text(element, f"RltdPties/{side}/Nm") or text(element, f"RltdPties/{side}/Pty/Nm")
            )
            assert line.party_account == (
                text(element, f"RltdPties/{side}Acct/Id/IBAN") or text(element, f"RltdPties/{side}Acct/Id/Othr/Id")
            )


@pytest.mark.parametrize(
    ("name", "lines", "credits_vnd", "debits_vnd", "reversals"),
    [
        ("Belfius", 366, 9_276_834, 35_943_408, 0),
        ("ABN AMRO", 4, 140_531, 141_830, 2),
        ("PostFinance", 2, 348_300, 0, 0),
        ("Bank of Ireland", 1, 0, 10_000, 1),
        ("an example of Belgium's banks", 1, 0, 10_000, 0),
    ],
)
def test_its_sums_are_these(name: str, lines: int, credits_vnd: int, debits_vnd: int, reversals: int) -> None:
    found = [item for item in read(in_dong(name)) if isinstance(item, Line)]
    assert (len(found), moved_vnd(found, Direction.CREDIT), moved_vnd(found, Direction.DEBIT)) == (
        lines,
        credits_vnd,
        debits_vnd,
    )
    assert sum(line.is_reversal for line in found) == reversals


def test_batches_of_a_belgian_bank_are_split_into_their_transactions() -> None:
    batches = [entry for one in told("Belfius") for entry in one.entries if within(entry, "NtryDtls/Btch")]
    counted = [int(text(entry, "NtryDtls/Btch/NbOfTxs") or "") for entry in batches]
    assert (len(batches), sum(counted)) == (16, 241)
    lines = [item for item in read(in_dong("Belfius")) if isinstance(item, Line)]
    assert len(lines) == 141 - len(batches) + sum(counted)
    # One reference stands twice in an account, as the debit and the credit of one transfer.
    assert len({(line.account_number, line.direction, line.bank_ref) for line in lines}) == len(lines)


def test_a_statement_without_its_account_refuses_the_whole_file() -> None:
    assert original("Belfius").count(WITHOUT_NUMBER) == 1
    with pytest.raises(Unreadable, match="line 2: The statement does not say of which account"):
        read(original("Belfius"))


@pytest.mark.parametrize("name", ["invalid_1", "invalid_2"])
def test_what_a_bank_answered_instead_of_a_statement_is_refused(name: str) -> None:
    with pytest.raises(Unreadable):
        read(file_of("lino_xl", f"{LINO}{name}.xml"))


@by_file
@pytest.mark.parametrize("prefix", ["", "ns2:"])
def test_neither_line_breaks_nor_prefixes_change_what_is_read(name: str, prefix: str) -> None:
    content = re.sub(rb">\s+<", b"><", in_dong(name))
    if prefix:
        content = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1" + prefix.encode(), content)
        content = content.replace(b' xmlns="', b' xmlns:ns2="')

    def shown(items: list[Item]) -> list[tuple[object, ...]]:
        return [
            (item.amount_vnd, item.direction, item.bank_ref, item.content)
            if isinstance(item, Line)
            else (item.kind, item.expected, item.found)
            if isinstance(item, Finding)
            else (item.account_number, item.opening_vnd, item.closing_vnd, item.entire)
            for item in items
        ]

    assert shown(read(content)) == shown(read(in_dong(name)))


def alone(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each statement of a file, with what stands before the first and after the last."""
    statements = re.findall(rb"<Stmt>.*?</Stmt>", content, re.DOTALL)
    head, tail = content.split(statements[0])[0], content.rsplit(statements[-1], 1)[1]
    for one in statements:
        yield head, one, tail


@pytest.mark.parametrize("name", ["Belfius", "PostFinance"])
def test_an_entry_that_is_missing_or_changed_is_noticed_by_what_the_statement_says_of_itself(name: str) -> None:
    tried = 0
    for head, whole, tail in alone(in_dong(name)):
        assert not [item for item in read(head + whole + tail) if isinstance(item, Finding)]
        for entry in re.findall(rb"<Ntry>.*?</Ntry>", whole, re.DOTALL):
            ten_more = re.sub(rb'(?<=Ccy="VND">)\d+', lambda found: b"%d" % (int(found[0]) + 10), entry, count=1)
            for instead in (b"", entry * 2, ten_more):
                items = read(head + whole.replace(entry, instead, 1) + tail)
                assert FindingKind.BALANCES_DISAGREE in {item.kind for item in items if isinstance(item, Finding)}
                assert not [item for item in items if isinstance(item, AccountPeriod) and item.entire]
                tried += 1
    assert tried == 3 * FILES[name][3]
