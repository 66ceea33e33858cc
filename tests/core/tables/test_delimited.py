from __future__ import annotations

import codecs
import io

import pytest

from core.tables import delimited
from core.tables.cells import Row
from core.tables.errors import UnreadableTable
from core.tables.limits import LINE_MAX_LENGTH
from core.tables.reading import open_table


def rows_of(content: bytes) -> list[Row]:
    table = open_table(io.BytesIO(content))
    return [table.header, *table.rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "marked"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_table_is_read_whatever_parts_its_cells(separator: str, mark: bytes, ending: str) -> None:
    text = f"Số sạp{separator}Chợ{ending}A012{separator}Đồng Xoài{ending}"
    assert rows_of(mark + text.encode()) == [Row(1, ["Số sạp", "Chợ"]), Row(2, ["A012", "Đồng Xoài"])]


def test_a_row_is_numbered_by_the_line_at_which_it_begins_and_blank_ones_count() -> None:
    assert rows_of(b'a,b\n\n1,"two\nlines"\n , \n2,x\n')[1:] == [Row(3, ["1", "two\nlines"]), Row(6, ["2", "x"])]


def test_cells_stay_as_they_are_written() -> None:
    assert rows_of(b'a,b\n 007 ,"=1+1"\n')[1].cells == [" 007 ", "=1+1"]


def test_an_empty_file_has_a_header_without_names() -> None:
    assert rows_of(b"") == [Row(1, [])]


def test_rows_of_other_lengths_are_given_as_they_are() -> None:
    assert [len(row.cells) for row in rows_of(b"a,b\n1\n1,2,3\n")] == [2, 1, 3]


@pytest.mark.parametrize(
    ("content", "line_number"),
    [
        (b"a,b\n1,2", 2),
        (b'a,b\n1,"2\n', 2),
        (b'a,b\n1,"2"3\n', 2),
        ("a,b\n1,cải\n".encode("utf-16"), 1),
        (b"a,b\n1," + b"x" * LINE_MAX_LENGTH + b"\n", 2),
    ],
    ids=["cut off", "open quotes", "text behind quotes", "utf-16", "long line"],
)
def test_what_is_no_whole_table_is_refused_with_its_line(content: bytes, line_number: int) -> None:
    with pytest.raises(UnreadableTable) as caught:
        rows_of(content)
    assert caught.value.line_number == line_number


def test_a_line_at_its_limit_is_read() -> None:
    assert rows_of(b"a,b\n1," + b"x" * (LINE_MAX_LENGTH - 3) + b"\n")[1].cells[1] == "x" * (LINE_MAX_LENGTH - 3)


def test_a_file_without_an_end_is_given_up_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "TEXT_FILE_MAX_BYTES", 20)
    assert len(rows_of(b"a,b\n" * 5)) == 5
    with pytest.raises(UnreadableTable):
        rows_of(b"a,b\n" * 6)
