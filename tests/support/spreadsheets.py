"""Spreadsheets for tests: written by XlsxWriter as other programs write them, or by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from xlsxwriter import Workbook

from core.tables.writing import Column, Written, write_table

MADE_AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)

_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    "<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
)


def xlsx(header: Sequence[str], *rows: Sequence[Written]) -> bytes:
    """A table as we write it."""
    file = io.BytesIO()
    write_table(file, "Bảng", [Column(name) for name in header], rows, made_at=MADE_AT)
    return file.getvalue()


def workbook(fill: Callable[[Workbook], None]) -> bytes:
    """A workbook that is filled by hand."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        fill(book)
    return file.getvalue()


def archive(parts: dict[str, str]) -> bytes:
    """A ZIP archive of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return file.getvalue()


def ods(*rows: str, sheet: str = "Bảng") -> bytes:
    """A sheet of rows that are written as OpenDocument has them; `ods_text` and its kin write cells."""
    table = f'<table:table table:name="{sheet}">{"".join(rows)}</table:table>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    content = _ODS.format(tables=table)
    return archive({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def ods_row(*cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def ods_text(text: str, *, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{escape(text)}</text:p></table:table-cell>"
    )


def ods_number(number: str) -> str:
    return _ods_cell("float", "value", number)


def ods_date(day: str) -> str:
    return _ods_cell("date", "date-value", day)


def _ods_cell(kind: str, attribute: str, value: str) -> str:
    told = f'office:value-type="{kind}" office:{attribute}="{value}"'
    return f"<table:table-cell {told}><text:p>{value}</text:p></table:table-cell>"
