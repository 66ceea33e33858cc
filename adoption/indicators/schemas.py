"""What may be asked of the indicators, and the shape of the answer; the CSV's columns are the same fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields, post_load, validate

from adoption.indicators.limits import SPAN_DAYS_MAX
from adoption.indicators.periods import Period, month_start
from adoption.indicators.tables import Row, Table
from core import clock
from core.web.api import Day, Moment, Text
from market.markets.queries import GroupBy

CODE_MAX_LENGTH = 8


class Question(Schema):
    """Loads `{area, by, period}`. Both days are market days within the period; by default this month up to today."""

    area = Text(
        max_length=CODE_MAX_LENGTH,
        load_default=None,
        metadata={"description": "an area's or a market's code; by default all that your grants cover"},
    )
    by = fields.String(
        load_default=GroupBy.MARKET.value,
        validate=validate.OneOf([by.value for by in GroupBy]),
        metadata={"description": "what there is a row for; districts are those that stood until 2025-06-30"},
    )
    first = Day(
        data_key="from", load_default=None, description="first day, not after `to`; the first of the month of `to`"
    )
    last = Day(data_key="to", load_default=None, description="last day; today")

    @post_load
    def make_period(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """The two days as one `period`, in order and not too far apart."""
        period = self.period_of(data.pop("first"), data.pop("last"), data)
        return data | {"by": GroupBy(data["by"]) if data["by"] else None, "period": period}

    def period_of(self, first: date | None, last: date | None, _data: dict[str, Any]) -> Period:
        """The period from the days that were given. Raises `ValidationError`."""
        today = clock.today()
        last = last or today
        first = first or month_start(last)
        if first > last:
            raise ValidationError({"from": [_("The first day must not come after the last.")]})
        if (last - first).days >= SPAN_DAYS_MAX:
            raise ValidationError({"from": [_("Ask for at most %(days)s days at once.", days=SPAN_DAYS_MAX)]})
        return Period(first, last, today)


class FiguresSchema(Schema):
    """The figures of a row."""

    stalls = fields.Integer(metadata={"description": "stalls in operation on `counted_on`"})
    stalls_with_qr = fields.Integer(metadata={"description": "those of them with a live code on that day"})
    qr_percent = fields.Float(
        allow_none=True, metadata={"description": "stalls_with_qr of stalls; null without stalls"}
    )
    stalls_active = fields.Integer(metadata={"description": "those of them with a cashless payment in the period"})
    active_percent = fields.Float(
        allow_none=True, metadata={"description": "stalls_active of stalls; null without stalls"}
    )
    payments = fields.Integer(allow_none=True, metadata={"description": "cashless payments; null when hidden"})
    value_vnd = fields.Integer(allow_none=True, metadata={"description": "their sum in đồng; null when hidden"})
    hidden = fields.Boolean(metadata={"description": "the money is of fewer than 5 stalls and is not told"})
    complete = fields.Boolean(
        metadata={"description": "no money is left out of payments and value_vnd to protect single stalls"}
    )
    stalls_noting_cash = fields.Integer(metadata={"description": "stalls in operation that noted a cash sale"})
    cash_sales = fields.Integer(allow_none=True, metadata={"description": "cash sales that vendors noted themselves"})
    cash_value_vnd = fields.Integer(allow_none=True)
    cash_hidden = fields.Boolean()
    cash_complete = fields.Boolean()
    cashless_count_percent = fields.Float(
        allow_none=True, metadata={"description": "payments of payments and noted cash sales; null without any noted"}
    )
    cashless_value_percent = fields.Float(
        allow_none=True, metadata={"description": "value_vnd of value_vnd and noted cash; null without any noted"}
    )


class RowSchema(FiguresSchema):
    """A unit with its figures; code and name are null for the markets without a unit of that level."""

    class Meta:
        """The unit comes first."""

        fields = ("code", "name", "level", *FiguresSchema._declared_fields)  # noqa: SLF001

    code = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    level = fields.String()


class PlaceSchema(Schema):
    """What was asked about."""

    code = fields.String()
    name = fields.String()
    level = fields.String()


class PeriodSchema(Schema):
    """Market days, both within the period, and the day on which stalls were counted."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    counted_on = fields.Date(metadata={"description": "the last day, or today while the period is not over"})


class TableSchema(Schema):
    """The answer."""

    area = fields.Nested(PlaceSchema, allow_none=True, metadata={"description": "null: all that your grants cover"})
    by = fields.String()
    period = fields.Nested(PeriodSchema)
    as_of = Moment(metadata={"description": "when these figures were computed"})
    recorded_until = Moment(
        allow_none=True, metadata={"description": "when the newest payment of all was recorded by then"}
    )
    rows = fields.List(fields.Nested(RowSchema))
    total = fields.Nested(FiguresSchema)


def answer(table: Table) -> dict[str, Any]:
    """The table as `TableSchema` dumps it."""
    subject = table.subject
    area = {"code": subject.code, "name": subject.name, "level": subject.level} if subject.code else None
    return {
        "area": area,
        "by": table.by.value,
        "period": table.period,
        "as_of": table.as_of,
        "recorded_until": table.recorded_until,
        "rows": [_unit(row) | figures(row) for row in table.rows],
        "total": figures(table.total),
    }


def figures(row: Row) -> dict[str, Any]:
    """The figures of a row under their public names."""
    counts, paid, cash = row.counts, row.payments, row.cash
    compared = row.cashless_comparable
    return {
        "stalls": counts.stalls,
        "stalls_with_qr": counts.with_qr,
        "qr_percent": percent(counts.with_qr, counts.stalls),
        "stalls_active": counts.active,
        "active_percent": percent(counts.active, counts.stalls),
        "payments": paid.number,
        "value_vnd": paid.vnd,
        "hidden": paid.hidden,
        "complete": paid.complete,
        "stalls_noting_cash": counts.noting_cash,
        "cash_sales": cash.number,
        "cash_value_vnd": cash.vnd,
        "cash_hidden": cash.hidden,
        "cash_complete": cash.complete,
        "cashless_count_percent": _share(paid.number, cash.number) if compared else None,
        "cashless_value_percent": _share(paid.vnd, cash.vnd) if compared else None,
    }


def percent(numerator: int, denominator: int) -> float | None:
    """With one decimal, rounded half up over whole numbers; None when there is nothing to divide by.

    >>> percent(1216, 1433), percent(1, 8), percent(0, 0)
    (84.9, 12.5, None)
    """
    if not denominator:
        return None
    return (numerator * 2000 + denominator) // (denominator * 2) / 10


def _share(cashless: int | None, cash: int | None) -> float | None:
    return percent(cashless or 0, (cashless or 0) + (cash or 0))


def _unit(row: Row) -> dict[str, Any]:
    assert row.unit is not None
    return {"code": row.unit.code, "name": row.unit.name, "level": row.unit.level.value}
