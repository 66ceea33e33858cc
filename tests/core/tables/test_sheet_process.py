"""The limits of what is read, tried with lower ones inside this process."""

from __future__ import annotations

import io

import pytest
from xlsxwriter import Workbook

from core.tables import archives, sheet_process
from core.tables.archives import unpacks_within_limits
from core.tables.sheet_process import End, table_of
from tests.support.spreadsheets import archive, workbook, xlsx

TABLE = xlsx(["a", "b"], ["1", "2"], ["3", "4"])


def end_of(content: bytes) -> End:
    try:
        list(table_of(io.BytesIO(content)))
    except sheet_process._Stopped as stopped:
        return stopped.end
    return End.WHOLE


@pytest.mark.parametrize(("name", "at_limit"), [("ROWS_MAX", 3), ("CELLS_MAX", 6)])
def test_a_sheet_has_a_limit(monkeypatch: pytest.MonkeyPatch, name: str, at_limit: int) -> None:
    monkeypatch.setattr(sheet_process, name, at_limit)
    assert end_of(TABLE) == End.WHOLE
    monkeypatch.setattr(sheet_process, name, at_limit - 1)
    assert end_of(TABLE) == End.TOO_LARGE


def test_a_workbook_has_a_limit_of_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(book: Workbook) -> None:
        for name in ("one", "two", "three"):
            book.add_worksheet(name).write_row(0, 0, ["a", "b"])

    monkeypatch.setattr(sheet_process, "SHEETS_MAX", 3)
    assert end_of(workbook(fill)) == End.WHOLE
    monkeypatch.setattr(sheet_process, "SHEETS_MAX", 2)
    assert end_of(workbook(fill)) == End.TOO_LARGE


def test_empty_rows_above_a_table_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_process, "ROWS_MAX", 10)
    content = workbook(lambda book: book.add_worksheet().write_row(10, 0, ["a", "b"]) and None)
    assert end_of(content) == End.TOO_LARGE


@pytest.mark.parametrize(("name", "at_limit"), [("PARTS_MAX", 2), ("UNPACKED_MAX_BYTES", 2_000)])
def test_an_archive_has_a_limit(monkeypatch: pytest.MonkeyPatch, name: str, at_limit: int) -> None:
    content = io.BytesIO(archive({"a": "x" * 1_000, "b": "y" * 1_000}))
    monkeypatch.setattr(archives, name, at_limit)
    assert unpacks_within_limits(content)
    monkeypatch.setattr(archives, name, at_limit - 1)
    assert not unpacks_within_limits(content)


def test_an_archive_may_pack_a_small_file_as_tightly_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO(archive({"a": "x" * 100_000}))
    assert unpacks_within_limits(content)
    monkeypatch.setattr(archives, "RATIO_COUNTS_FROM_BYTES", 100_000)
    assert not unpacks_within_limits(content)
    monkeypatch.setattr(archives, "RATIO_MAX", 1_000)
    assert unpacks_within_limits(content)
