from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tables.cells import Cell, Row
from core.tables.errors import CannotBeWritten
from core.tables.reading import open_table
from core.tables.writing import Column, Written, write_table
from tests.support.spreadsheets import MADE_AT, xlsx


def read_back(content: bytes) -> list[Row]:
    return list(open_table(io.BytesIO(content)).rows)


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(name).decode()


@pytest.mark.parametrize("text", ["=1+1", "+84 912", "-5", "@SUM(A1)", "{=1}", "\t=1", "https://cho40.example/", "007"])
def test_a_text_stays_text_whatever_it_begins_with(text: str) -> None:
    content = xlsx(["a", "b"], [text, "x"])
    assert read_back(content)[0].cells == [text, "x"]
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


def test_numbers_and_days_are_numbers_and_days() -> None:
    moment = datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)
    row: list[Written] = [50_000, 2.5, True, date(2026, 11, 23), moment, None]
    local = datetime(2026, 11, 23, 8, 30, 5)  # noqa: DTZ001 - Vietnam's
    assert read_back(xlsx([*"abcdef"], row))[0].cells == [50_000, 2.5, True, date(2026, 11, 23), local, ""]


def test_the_header_stays_in_sight_and_columns_have_their_width() -> None:
    file = io.BytesIO()
    write_table(file, "Sạp", [Column("Số sạp", 9), Column("Tên", 40)], [], made_at=MADE_AT)
    sheet = part(file.getvalue(), "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="1"' in sheet
    assert 'state="frozen"' in sheet
    assert [float(width) // 1 for width in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)] == [9, 40]
    assert 'name="Sạp"' in part(file.getvalue(), "xl/workbook.xml")


def test_the_same_rows_give_the_same_bytes() -> None:
    assert xlsx(["a", "b"], ["1", 2]) == xlsx(["a", "b"], ["1", 2])


@pytest.mark.parametrize(
    "cell",
    ["x" * 32_768, 10**15, -(10**15), float("nan"), float("inf")],
    ids=["text", "long", "low", "nan", "infinite"],
)
def test_what_would_not_come_back_is_not_written(cell: Written) -> None:
    with pytest.raises(CannotBeWritten):
        xlsx(["a", "b"], [cell, "x"])


def test_what_just_fits_is_written() -> None:
    row: list[Written] = ["x" * 32_767, 10**15 - 1, -(10**15 - 1)]
    assert read_back(xlsx(["a", "b", "c"], row))[0].cells == row


def test_a_row_of_another_length_is_not_written() -> None:
    with pytest.raises(CannotBeWritten, match="row 2 has 1 cells, not 2"):
        xlsx(["a", "b"], ["1", "2"], ["3"])


letters = st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"])
texts = st.text(letters, max_size=40).map(lambda text: unicodedata.normalize("NFC", text)) | st.sampled_from(
    ["Nguyễn Thị Ẩn", "Chợ Đồng Xoài", "ỨNG HOÀ", "0071000999772", "  hai  dấu  cách  ", "a\nb", "_x0041_", "&amp;<b>"]
)
whole = st.integers(-(10**15) + 1, 10**15 - 1)
days = st.dates(date(1990, 1, 1), date(2199, 12, 31))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001
cells = texts | whole | days | moments | st.booleans()


def told(cell: Cell) -> Cell:
    """A moment at midnight comes as a day."""
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date()
    return cell


@settings(max_examples=25)
@given(st.lists(st.lists(cells, min_size=4, max_size=4), max_size=30))
def test_what_is_written_reads_back(rows: list[list[Cell]]) -> None:
    # The first cell keeps a row from being blank, and blank rows are not given.
    written = [[number, *row] for number, row in enumerate(rows)]
    found = read_back(xlsx([*"abcde"], *written))
    assert [row.cells for row in found] == [[told(cell) for cell in row] for row in written]
    assert [[type(cell) for cell in row.cells] for row in found] == [
        [type(told(cell)) for cell in row] for row in written
    ]
