from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

from core import clock
from payments.reconciliation.models import StatementLine
from payments.reconciliation.spool import spooled
from payments.statement_lines import Direction, Line
from tests.support.reconciliation import fresh, line_of

LINE = line_of(fresh(content="rau muống\nC4"), other_refs=("rf_1", "rf_2"), line_number=7)


def test_the_table_has_what_a_line_has() -> None:
    """By the same names, so that lines are written without a shape between."""
    assert {field.name for field in fields(Line)} <= {column.key for column in StatementLine.__table__.columns}


def test_lines_come_out_as_they_went_in() -> None:
    lines = [LINE, line_of(fresh(), direction=Direction.DEBIT, booked_at=clock.now(), bank_ref=None)]
    with spooled(lines) as spool:
        assert list(spool.lines()) == lines
        assert list(spool.lines()) == lines


def test_a_statement_is_summed_up_while_it_is_read() -> None:
    later = LINE.booked_at + timedelta(hours=1)
    debit = line_of(fresh(), direction=Direction.DEBIT, amount_vnd=700, booked_at=later)
    with spooled([LINE, debit]) as spool:
        assert (spool.credits.count, spool.credits.total_vnd) == (1, LINE.amount_vnd)
        assert (spool.debits.count, spool.debits.total_vnd) == (1, 700)
        assert (spool.first, spool.last) == (LINE.booked_at, later)
