"""A table as CSV that spreadsheets open as it is meant: UTF-8 with its mark, ISO dates, plain numbers."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Response

from adoption.indicators.schemas import FiguresSchema, figures
from adoption.indicators.tables import Row, Table
from core import clock

BYTE_ORDER_MARK = "\ufeff"
#: How a cell begins that a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = (
    "row",
    "code",
    "name",
    "level",
    *FiguresSchema._declared_fields,  # noqa: SLF001 - the API's fields, so that both always agree
    "area",
    "period_from",
    "period_to",
    "counted_on",
    "as_of",
    "recorded_until",
)


def to_csv(table: Table) -> str:
    """A header, a line for each row (`row` says "unit") and one for the total ("total")."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in (*table.rows, table.total):
        writer.writerow({name: _written(value) for name, value in _line(table, row).items()})
    return BYTE_ORDER_MARK + out.getvalue()


def csv_response(table: Table) -> Response:
    """The file, to be saved under a name that says what it holds."""
    response = Response(to_csv(table), content_type="text/csv; charset=utf-8")
    name = f"adoption_{table.subject.code or 'all'}_{table.by.value}_{table.period.first}_{table.period.last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _line(table: Table, row: Row) -> dict[str, Any]:
    unit, period = row.unit, table.period
    return {
        "row": "unit" if unit else "total",
        "code": unit.code if unit else None,
        "name": unit.name if unit else None,
        "level": unit.level.value if unit else None,
        **figures(row),
        "area": table.subject.code,
        "period_from": period.first,
        "period_to": period.last,
        "counted_on": period.counted_on,
        "as_of": table.as_of.astimezone(clock.ZONE).isoformat(timespec="seconds"),
        "recorded_until": table.recorded_until
        and table.recorded_until.astimezone(clock.ZONE).isoformat(timespec="seconds"),
    }


def _written(value: Any) -> str:
    """Booleans as in JSON, nothing as nothing, and text that no spreadsheet runs.

    >>> _written("=1+1"), _written(True), _written(None), _written(5)
    ("'=1+1", 'true', '', '5')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
