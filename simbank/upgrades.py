"""What brings the bank's database forward: one function for each older version of the schema.

A new table needs nothing here, `Database.prepare` creates it. A new column is written down as the
models have it, for the dialect at hand.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateColumn

from .models import RETURNED_WITHIN_CREDIT, Base


def _returns_and_statements(connection: Connection) -> None:
    """From 1 to 2: credits know what went back of them, messages what they tell, and faults can be played."""
    tables = Base.metadata.tables
    _add(
        connection,
        tables["credits"],
        "returned_vnd",
        f"CONSTRAINT ck_credits_returned CHECK ({RETURNED_WITHIN_CREDIT})",
    )
    for column in ("told", "reverse_at"):
        _add(connection, tables["credits"], column)
    for column in ("type", "signed_at", "stopped", "waits_for_next"):
        _add(connection, tables["messages"], column)
    _index(connection, tables["credits"], "ix_credits_reverse_at")
    _index(connection, tables["ledger_entries"], "ix_ledger_entries_booked_at_id")


def _add(connection: Connection, table: Table, column: str, constraint: str = "") -> None:
    written = CreateColumn(table.c[column]).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {written} {constraint}")


def _index(connection: Connection, table: Table, name: str) -> None:
    index = next(index for index in table.indexes if index.name == name)
    index.create(connection)


UPGRADES: Mapping[int, Callable[[Connection], None]] = {1: _returns_and_statements}
"""By the version that is there, what makes it the next one."""
