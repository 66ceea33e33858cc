from __future__ import annotations

import codecs
import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import PROJECT_ROOT
from core.tables import delimited
from core.tables.limits import LINE_MAX_LENGTH
from payments.statement_lines import Direction, Line
from payments.statements.errors import Unreadable
from payments.statements.items import Finding, FindingKind, Item
from payments.statements.limits import FAULTS_MAX
from payments.statements.table import COLUMNS, REQUIRED, read_table

HEADER = "account_number,booked_at,credit_vnd,debit_vnd,bank_ref,content"


def read(text: str | bytes) -> list[Item]:
    return list(read_table(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def line_of(row: str, header: str = HEADER) -> Line:
    (line,) = read(f"{header}\n{row}\n")
    assert isinstance(line, Line)
    return line


def refused(text: str | bytes) -> list[tuple[int | None, str | None]]:
    """Where the faults are: line and column of each."""
    with pytest.raises(Unreadable) as caught:
        read(text)
    return [(fault.line_number, fault.column) for fault in caught.value.faults]


def test_a_row_becomes_a_line_with_all_that_the_bank_says() -> None:
    header = ",".join(name for name in COLUMNS if name not in {"direction", "amount_vnd"})
    row = (
        "990000000001,2026-11-23 08:30:05,50000,,VND,transfer,L1,FT1,cr_1,rf_1,V9704990001,rau  C4ABCD,TRAN THI MAU,"
        "880000000009,970499"
    )
    assert line_of(row, header) == Line(
        account_number="990000000001",
        direction=Direction.CREDIT,
        amount_vnd=50_000,
        booked_at=datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC),
        day_only=False,
        bank_ref="FT1",
        external_id="cr_1",
        other_refs=("rf_1",),
        virtual_account="V9704990001",
        content="rau C4ABCD",
        party_name="TRAN THI MAU",
        party_account="880000000009",
        party_bank_bin="970499",
        bank_bin=None,
        is_reversal=False,
        line_number=2,
        entry_ref="L1",
    )


def test_headers_may_be_vietnamese_in_any_order_and_case() -> None:
    line = line_of("5.000;;23/11/2026;990000000001", "GHI NỢ;Ghi có;ngày giao dịch;So tai khoan")
    assert (line.direction, line.amount_vnd, line.day_only) == (Direction.DEBIT, 5_000, True)


def test_every_name_of_a_column_is_in_the_document_and_no_other() -> None:
    section = (PROJECT_ROOT / "docs" / "statements.md").read_text().split("## Tables")[1].split("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    told = {name.strip("|` ").lower() for row in rows for cell in row[:2] for name in cell.split(",")} - {""}
    assert told == {name for names in COLUMNS.values() for name in names}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_separators_marks_and_line_ends_make_no_difference(separator: str, mark: bytes, ending: str) -> None:
    text = f"{HEADER}\n1,23/11/2026,7000,,FT1,rau\n".replace(",", separator).replace("\n", ending)
    (line,) = read(mark + text.encode())
    assert isinstance(line, Line)
    assert (line.amount_vnd, line.content, line.line_number) == (7_000, "rau", 2)


@pytest.mark.parametrize(
    ("written", "amount_vnd"),
    [("1234567", 1_234_567), ("1.234.567", 1_234_567), ("7.000", 7_000), ("007", 7), ("999999999999999", 10**15 - 1)],
)
def test_amounts_are_plain_or_in_groups_of_three(written: str, amount_vnd: int) -> None:
    assert line_of(f"1,23/11/2026,{written},,,").amount_vnd == amount_vnd


@pytest.mark.parametrize(
    "written", ["1.5", "1.23.456", "-5", "+5", "5đ", "1 000", "1e3", "12.34", "\u0665", "1000000000000000", "=5"]
)
def test_an_amount_that_cannot_be_read_refuses_the_file(written: str) -> None:
    assert refused(f"{HEADER}\n1,23/11/2026,{written},,,\n") == [(2, "credit_vnd")]


def test_thousands_with_commas_are_refused() -> None:
    assert refused(f'{HEADER}\n1,23/11/2026,"50,000",,,\n') == [(2, "credit_vnd")]


@pytest.mark.parametrize(
    ("written", "moment", "day_only"),
    [
        ("23/11/2026 08:30:05", datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC), False),
        ("3/1/2026 8:30", datetime(2026, 1, 3, 1, 30, tzinfo=UTC), False),
        ("23/11/2026", datetime(2026, 11, 22, 17, tzinfo=UTC), True),
        ("2026-11-23", datetime(2026, 11, 22, 17, tzinfo=UTC), True),
        ("2026-11-23T08:30:05", datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC), False),
        ("2026-11-23T08:30:05Z", datetime(2026, 11, 23, 8, 30, 5, tzinfo=UTC), False),
    ],
)
def test_times_are_written_in_two_ways(written: str, moment: datetime, day_only: bool) -> None:
    line = line_of(f"1,{written},7000,,,")
    assert (line.booked_at, line.day_only) == (moment, day_only)


@pytest.mark.parametrize("written", ["31/02/2026", "11/23/2026", "23.11.2026", "20261123", "23/11/26", "", "25:00"])
def test_a_time_that_cannot_be_read_refuses_the_file(written: str) -> None:
    assert refused(f"{HEADER}\n1,{written},7000,,,\n") == [(2, "booked_at")]


def test_every_bad_row_is_told_of_with_its_column() -> None:
    text = f"{HEADER}\n1,23/11/2026,7000,,,\n,23/11/2026,x,,,\n\n1,23/11/2026,5,5,,\n1,2\n"
    assert refused(text) == [(3, "credit_vnd"), (3, "account_number"), (5, "debit_vnd"), (6, None)]


def test_a_row_that_goes_over_two_lines_is_named_by_its_first() -> None:
    text = f'{HEADER}\n1,23/11/2026,7000,,,"rau\ncải"\n1,x,7000,,,\n'
    assert refused(text) == [(4, "booked_at")]
    (line,) = read(text.replace("1,x,7000,,,\n", ""))
    assert isinstance(line, Line)
    assert line.content == "rau cải"


def test_only_so_many_bad_rows_are_told_of_at_once() -> None:
    assert len(refused(f"{HEADER}\n" + "1,x,7000,,,\n" * (FAULTS_MAX + 1))) == FAULTS_MAX


def test_nothing_is_given_after_a_bad_row() -> None:
    given_out = []
    with pytest.raises(Unreadable):
        given_out.extend(read_table(io.BytesIO(f"{HEADER}\n1,x,7000,,,\n1,23/11/2026,7000,,,\n".encode())))
    assert not given_out


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (HEADER + ",colour", "colour"),
        (HEADER + ",Nội dung", "Nội dung"),
        (HEADER + ",Mã giao dịch", "Mã giao dịch"),
        *((HEADER.replace(f"{name}", f"{name}x"), f"{name}x") for name in (*REQUIRED, "credit_vnd", "debit_vnd")),
    ],
)
def test_a_header_that_is_not_the_layout_is_refused(header: str, column: str) -> None:
    assert (1, column) in refused(f"{header}\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        HEADER.encode(),
        f"{HEADER}\n1,23/11/2026,50".encode(),
        f'{HEADER}\n1,23/11/2026,50000,,"FT1,rau\n'.encode(),
        f'{HEADER}\n1,23/11/2026,50000,,"FT1"x,rau\n'.encode(),
        f"{HEADER}\n1,23/11/2026,50000,,,cải\n".encode("utf-16"),
        f"{HEADER}\n1,23/11/2026,50000,,,phí\n".encode("cp1258"),
        f"{HEADER}\n1,23/11/2026,50000,,,{'x' * LINE_MAX_LENGTH}\n".encode(),
    ],
    ids=["empty", "blank", "header cut", "row cut", "open quote", "quote", "utf-16", "windows-1258", "long"],
)
def test_a_file_that_is_no_whole_table_is_refused(content: bytes) -> None:
    refused(content)


def test_a_table_that_breaks_off_within_a_row_is_refused() -> None:
    content = f"{HEADER}\n1,23/11/2026,50000,,FT1,rau\n1,23/11/2026,,7000,FT2,phí\n".encode()
    ends = {place + 1 for place, byte in enumerate(content) if byte == ord("\n")}
    for length in range(len(content)):
        if length not in ends:
            refused(content[:length])


def test_a_file_without_an_end_is_given_up_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "TEXT_FILE_MAX_BYTES", 200)
    assert refused(f"{HEADER}\n" + "1,23/11/2026,7000,,,\n" * 10) == [(8, None)]


def test_another_currency_is_no_money() -> None:
    (finding,) = read(f"{HEADER},currency\n1,23/11/2026,12.34,,FT1,,USD\n")
    assert isinstance(finding, Finding)
    assert (finding.kind, finding.found, finding.entry_ref) == (FindingKind.OTHER_CURRENCY, "USD", "FT1")


def test_a_nul_in_what_is_no_money_becomes_a_sign_and_refuses_any_other_row() -> None:
    (finding,) = read(f"{HEADER},currency\n1\0,23/11/2026,12.34,,F\0T1,,U\0SD\n")
    assert isinstance(finding, Finding)
    assert (finding.account_number, finding.entry_ref, finding.found) == ("1\ufffd", "F\ufffdT1", "U\ufffdSD")
    assert refused(f"{HEADER}\n1,23/11/2026,7000,,F\0T1,\n") == [(2, "bank_ref")]


@pytest.mark.parametrize(("credit", "debit"), [("0", ""), ("", "0"), ("0", "0")])
def test_nothing_that_moved_is_no_money(credit: str, debit: str) -> None:
    (finding,) = read(f"{HEADER}\n1,23/11/2026,{credit},{debit},FT1,\n")
    assert isinstance(finding, Finding)
    assert finding.kind == FindingKind.NOTHING_MOVED


def test_a_row_without_an_amount_refuses_the_file() -> None:
    assert refused(f"{HEADER}\n1,23/11/2026,,,FT1,\n") == [(2, "credit_vnd")]


def test_a_reversal_is_marked() -> None:
    assert line_of("1,23/11/2026,,7000,FT1,,thu hồi", HEADER + ",kind").is_reversal
    assert refused(f"{HEADER},kind\n1,23/11/2026,,7000,FT1,,gift\n") == [(2, "kind")]


def test_an_amount_may_stand_beside_its_direction() -> None:
    line = line_of("1,23/11/2026,Credit,7.000", "account_number,booked_at,direction,amount_vnd")
    assert (line.direction, line.amount_vnd) == (Direction.CREDIT, 7_000)
    refused("account_number,booked_at,direction,amount_vnd\n1,23/11/2026,,7000\n")


def test_the_simulated_banks_own_table_is_read() -> None:
    header = (
        "line_id,account_number,virtual_account,direction,kind,amount_vnd,currency,booked_at,bank_ref,credit_id,"
        "refund_request_id,content,payer_bank_bin,payer_name,payer_ref"
    )
    line = line_of("L1,1,,debit,refund,7000,VND,2026-11-23T08:30:05+07:00,FT1,cr_1,rf_1,tra lai,970499,CHO,P1", header)
    assert (line.direction, line.external_id, line.other_refs, line.entry_ref) == ("debit", "cr_1", ("rf_1",), "L1")


cells = st.text(st.characters(categories=["L", "N", "P", "Zs", "Cc"], exclude_characters="\r\n\0"), max_size=30)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 10**15 - 1), st.booleans(), cells), max_size=10),
    st.sampled_from(",;\t"),
)
def test_what_is_written_reads_back(rows: list[tuple[bool, int, bool, str]], separator: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    for is_credit, amount_vnd, grouped, content in rows:
        amount = f"{amount_vnd:,}".replace(",", ".") if grouped else str(amount_vnd)
        writer.writerow(["1", "23/11/2026", amount if is_credit else "", "" if is_credit else amount, "FT", content])
    found = [item for item in read(file.getvalue()) if isinstance(item, Line)]
    assert [(line.direction == Direction.CREDIT, line.amount_vnd, line.content) for line in found] == [
        (is_credit, amount_vnd, " ".join(content.split())) for is_credit, amount_vnd, _grouped, content in rows
    ]
