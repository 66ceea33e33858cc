from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from core.tables import spreadsheets
from core.tables.cells import Row
from core.tables.errors import UnreadableTable
from core.tables.limits import CELLS_MAX
from core.tables.reading import open_table
from core.tables.sheet_process import End
from tests.support.spreadsheets import archive, ods, ods_date, ods_number, ods_row, ods_text, workbook, xlsx

XLS = Path(__file__).parent / "data" / "statement.xls"


def rows_of(content: bytes) -> list[Row]:
    table = open_table(io.BytesIO(content))
    return [table.header, *table.rows]


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableTable) as caught:
        rows_of(content)
    assert caught.value.line_number is None
    return str(caught.value.words)


def words(end: End) -> str:
    return str(spreadsheets._WORDS[end])


def test_an_xlsx_is_read() -> None:
    content = xlsx(["Số sạp", "Chợ"], ["A012", "Đồng Xoài"], ["A013", None])
    assert rows_of(content) == [Row(1, ["Số sạp", "Chợ"]), Row(2, ["A012", "Đồng Xoài"]), Row(3, ["A013", ""])]


def test_an_xls_is_read() -> None:
    header, first, second = rows_of(XLS.read_bytes())
    assert header == Row(4, ["Số tài khoản", "Ngày giao dịch", "Ghi có", "Ghi nợ", "Số tham chiếu", "Nội dung"])
    moment = datetime(2026, 11, 23, 8, 30, 5)  # noqa: DTZ001 - a sheet knows no time zone
    assert first == Row(5, ["0071000999772", moment, 50_000, "", "FT26327000000001", "mua rau muống"])
    assert second == Row(7, ["0071000999772", date(2026, 11, 24), "", 7000.5, 71_000_999_772, ""])


def test_an_ods_is_read() -> None:
    content = ods(
        ods_row(ods_text("Số sạp"), ods_text("Ngày"), ods_text("Số tiền")),
        ods_row(repeated=3),
        ods_row(ods_text("A012"), ods_date("2026-11-23"), ods_number("50000")),
    )
    assert rows_of(content) == [Row(1, ["Số sạp", "Ngày", "Số tiền"]), Row(5, ["A012", date(2026, 11, 23), 50_000])]


def test_each_cell_is_what_it_is() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c", "d", "e", "f", "g", "h"])
        sheet.write_string(1, 0, "0071000999772")
        sheet.write_number(1, 1, 71_000_999_772, book.add_format({"num_format": "0000000000000"}))
        sheet.write_number(1, 2, 1234567890123456789)
        sheet.write_number(1, 3, 0.5)
        sheet.write_boolean(1, 4, True)
        sheet.write_datetime(1, 5, time(8, 30), book.add_format({"num_format": "hh:mm"}))
        sheet.write_number(1, 6, 1.5, book.add_format({"num_format": "[h]:mm"}))
        sheet.write_formula(1, 7, "=40+2", value=42)

    _, row = rows_of(workbook(fill))
    expected = ["0071000999772", 71_000_999_772, 1.234567890123457e18, 0.5, True, time(8, 30), timedelta(hours=36), 42]
    assert row.cells == expected
    assert [type(cell) for cell in row.cells] == [type(cell) for cell in expected]


def test_a_moment_at_midnight_is_told_as_a_day() -> None:
    midnight = datetime(2026, 11, 23)  # noqa: DTZ001
    assert rows_of(xlsx(["a", "b"], [midnight, "x"]))[1].cells == [date(2026, 11, 23), "x"]


def test_the_first_visible_sheet_with_a_table_is_read() -> None:
    def fill(book: Workbook) -> None:
        book.add_worksheet("Trống")
        book.add_worksheet("Bìa").write_string(0, 0, "Sao kê tháng 11")
        hidden = book.add_worksheet("Ẩn")
        hidden.write_row(0, 0, ["hidden", "table"])
        hidden.hide()
        book.add_worksheet("Sao kê").write_row(0, 0, ["the", "one"])
        book.add_worksheet("Sau").write_row(0, 0, ["another", "one"])

    assert rows_of(workbook(fill)) == [Row(1, ["the", "one"])]


def test_what_stands_beside_the_table_is_not_passed_over() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ["a", "b"])
        sheet.write_row(3, 0, ["left", "1", "2", "right"])
        sheet.write_row(4, 1, ["3"])

    assert rows_of(workbook(fill)) == [Row(3, ["a", "b"]), Row(4, ["1", "2", "left", "right"]), Row(5, ["3", ""])]


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 and nothing of an archive", XLS.read_bytes()[:1500], archive({"a.txt": "no spreadsheet"})],
    ids=["no archive", "half a file", "another archive"],
)
def test_what_is_no_spreadsheet_is_refused(content: bytes) -> None:
    assert refused(content) == words(End.UNREADABLE)


def test_a_file_that_is_locked_is_refused_with_what_to_do() -> None:
    assert refused(XLS.with_name("locked.xlsx").read_bytes()) == words(End.PASSWORD)


def test_a_file_without_a_table_is_refused() -> None:
    assert refused(workbook(lambda book: book.add_worksheet())) == words(End.NO_TABLE)


def test_empty_cells_between_others_count() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_string(CELLS_MAX // 200, 199, "c")

    assert refused(workbook(fill)) == words(End.TOO_LARGE)


def test_repeated_cells_and_rows_count() -> None:
    row = ods_row(ods_text("a", repeated=200), repeated=CELLS_MAX // 200 + 1)
    assert refused(ods(row)) == words(End.TOO_LARGE)


def test_an_archive_that_unpacks_to_more_than_its_limit_is_refused() -> None:
    """Three megabytes of spaces in three kilobytes: unpacked it would do no harm, its ratio is that of a bomb."""
    packed = io.BytesIO(xlsx(["a", "b"], ["1", "2"]))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", " " * 3_000_000)
    assert refused(packed.getvalue()) == words(End.TOO_LARGE)


def test_a_file_larger_than_its_limit_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx(["a", "b"], ["1", "2"])
    monkeypatch.setattr(spreadsheets, "SHEET_FILE_MAX_BYTES", len(content))
    assert len(rows_of(content)) == 2
    monkeypatch.setattr(spreadsheets, "SHEET_FILE_MAX_BYTES", len(content) - 1)
    assert str(len(content) - 1) in refused(content)


def test_reading_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "WAIT_MAX_S", 0.001)
    assert refused(xlsx(["a", "b"], ["1", "2"])) == words(End.TOO_LARGE)


def test_a_reader_that_fails_says_that_the_file_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "PROCESS", "core.tables.no_such_program")
    assert refused(xlsx(["a", "b"], ["1", "2"])) == words(End.UNREADABLE)
