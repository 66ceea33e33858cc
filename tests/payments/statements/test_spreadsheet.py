"""Statements in spreadsheets: what is a number or a day there, and what must be text."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tables.writing import Written
from payments.statement_lines import Direction, Line
from payments.statements.errors import Unreadable
from payments.statements.items import Finding, FindingKind, Item
from payments.statements.table import read_table
from tests.support.spreadsheets import ods, ods_date, ods_number, ods_row, ods_text, xlsx

HEADER = ("Số tài khoản", "Ngày giao dịch", "Ghi có", "Ghi nợ", "Số tham chiếu", "Nội dung")
ACCOUNT = "0071000999772"
MOMENT = datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)
DAY = date(2026, 11, 23)
XLS = Path(__file__).parents[2] / "core" / "tables" / "data" / "statement.xls"

IDENTIFIERS = (
    "account_number",
    "bank_ref",
    "entry_ref",
    "external_id",
    "refund_ref",
    "virtual_account",
    "party_account",
)


def read(content: bytes) -> list[Item]:
    return list(read_table(io.BytesIO(content)))


def line_of(*row: Written, header: tuple[str, ...] = HEADER) -> Line:
    (line,) = read(xlsx(header, row))
    assert isinstance(line, Line)
    return line


def refused(content: bytes) -> list[tuple[int | None, str | None]]:
    with pytest.raises(Unreadable) as caught:
        read(content)
    return [(fault.line_number, fault.column) for fault in caught.value.faults]


def test_an_xlsx_is_read() -> None:
    line = line_of(ACCOUNT, MOMENT, 50_000, None, "FT26327000000001", "mua rau  muống")
    assert (line.account_number, line.direction, line.amount_vnd) == (ACCOUNT, Direction.CREDIT, 50_000)
    assert (line.booked_at, line.day_only) == (MOMENT, False)
    assert (line.bank_ref, line.content, line.line_number) == ("FT26327000000001", "mua rau muống", 2)


def test_an_ods_is_read() -> None:
    header = ods_row(*map(ods_text, HEADER))
    cells = (
        ods_text(ACCOUNT),
        ods_date("2026-11-23"),
        ods_text(""),
        ods_number("7000"),
        ods_text("FT1"),
        ods_text("phí"),
    )
    (line,) = read(ods(header, ods_row(*cells)))
    assert isinstance(line, Line)
    assert (line.account_number, line.direction, line.amount_vnd, line.bank_ref) == (ACCOUNT, "debit", 7_000, "FT1")
    assert (line.booked_at, line.day_only) == (datetime(2026, 11, 22, 17, tzinfo=UTC), True)


def test_an_xls_is_read_and_its_faults_are_named_by_their_row() -> None:
    assert refused(XLS.read_bytes()) == [(7, "debit_vnd"), (7, "bank_ref")]


def test_texts_are_read_as_in_a_csv() -> None:
    line = line_of(ACCOUNT, "23/11/2026 08:30:05", "50.000", "0", "FT1", "rau")
    assert (line.booked_at, line.amount_vnd) == (MOMENT, 50_000)


@pytest.mark.parametrize("column", IDENTIFIERS)
@pytest.mark.parametrize("cell", [71_000_999_772, 12.5, DAY, True], ids=["number", "fraction", "day", "boolean"])
def test_an_identifier_that_is_not_text_refuses_the_file(column: str, cell: Written) -> None:
    header = ("booked_at", "credit_vnd", "debit_vnd", *dict.fromkeys(("account_number", column)))
    row: list[Written] = ["23/11/2026", 50_000, None, ACCOUNT, "FT1"][: len(header)]
    assert read(xlsx(header, row))
    row[header.index(column)] = cell
    assert refused(xlsx(header, row)) == [(2, column)]


def test_what_to_do_about_it_is_said() -> None:
    with pytest.raises(Unreadable) as caught:
        read(xlsx(HEADER, [71_000_999_772, MOMENT, 50_000, None, "FT1", "rau"]))
    (fault,) = caught.value.faults
    assert "“71000999772” is not text" in str(fault)
    assert "Format the column as text" in str(fault)


@pytest.mark.parametrize("column", ["content", "party_name", "currency", "kind"])
def test_other_words_must_be_text_as_well(column: str) -> None:
    header = ("account_number", "booked_at", "credit_vnd", "debit_vnd", column)
    assert refused(xlsx(header, [ACCOUNT, DAY, 50_000, None, 123])) == [(2, column)]


@pytest.mark.parametrize("amount", [50_000.5, -50_000, 1.234, True, DAY], ids=str)
def test_an_amount_that_is_not_whole_dong_refuses_the_file(amount: Written) -> None:
    assert refused(xlsx(HEADER, [ACCOUNT, DAY, amount, None, "FT1", "rau"])) == [(2, "credit_vnd")]


@pytest.mark.parametrize("written", [45_984, 45_984.5, True])
def test_a_time_that_is_a_bare_number_refuses_the_file(written: Written) -> None:
    assert refused(xlsx(HEADER, [ACCOUNT, written, 50_000, None, "FT1", "rau"])) == [(2, "booked_at")]


def test_a_bin_may_be_a_number_for_none_begins_with_zero() -> None:
    header = ("account_number", "booked_at", "credit_vnd", "debit_vnd", "party_bank_bin")
    assert line_of(ACCOUNT, DAY, 50_000, None, 970_499, header=header).party_bank_bin == "970499"
    assert refused(xlsx(header, [ACCOUNT, DAY, 50_000, None, 97_049])) == [(2, "party_bank_bin")]


def test_money_in_another_currency_is_told_of_only_with_its_account_as_text() -> None:
    header = ("account_number", "booked_at", "credit_vnd", "debit_vnd", "currency")
    (finding,) = read(xlsx(header, [ACCOUNT, DAY, 12.34, None, "USD"]))
    assert isinstance(finding, Finding)
    assert (finding.kind, finding.account_number) == (FindingKind.OTHER_CURRENCY, ACCOUNT)
    assert refused(xlsx(header, [71_000_999_772, DAY, 12.34, None, "USD"])) == [(2, "account_number")]


def test_what_stands_beside_the_table_refuses_the_file() -> None:
    header = (*HEADER[:-1], None)
    assert refused(xlsx([name or "" for name in header], [ACCOUNT, DAY, 5, None, "FT1", "note"])) == [(2, None)]


def test_a_header_is_named_by_its_row() -> None:
    titled = ods(ods_row(ods_text("Sao kê")), ods_row(), ods_row(ods_text("Số tài khoản"), ods_text("colour")))
    assert (3, "colour") in refused(titled)


amounts = st.integers(1, 10**15 - 1)
contents = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=30)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.booleans(), amounts, contents), max_size=30))
def test_what_is_written_reads_back(rows: list[tuple[bool, int, str]]) -> None:
    written = [
        [ACCOUNT, MOMENT, amount if is_credit else None, None if is_credit else amount, "FT", content]
        for is_credit, amount, content in rows
    ]
    found = [item for item in read(xlsx(HEADER, *written)) if isinstance(item, Line)]
    assert [(line.direction == Direction.CREDIT, line.amount_vnd, line.content) for line in found] == [
        (is_credit, amount, " ".join(content.split())) for is_credit, amount, content in rows
    ]
