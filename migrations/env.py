"""Runs the migrations on the database that `core.migrations` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

import wsgi  # noqa: F401 - imports every package, and with them every table
from core.database import Base
from core.engine import Database
from core.settings import load_settings

#: Any number that nothing else on the server locks.
LOCK_KEY = 40_0001


def _target() -> Database:
    given = context.config.attributes.get("database")
    return given if isinstance(given, Database) else Database(load_settings().database_url)


def _run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        # Two processes that start at once upgrade one after the other.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Run what was asked for on one connection."""
    target = _target()
    with target.engine.connect().execution_options(cho40_begin="IMMEDIATE") as connection:
        try:
            if target.is_sqlite:
                # SQLite changes a table by writing it anew, which its foreign keys would forbid half-way.
                _pragma(connection, "foreign_keys = OFF")
            _run(connection)
            connection.commit()
            if target.is_sqlite and (broken := _pragma(connection, "foreign_key_check")):
                message = f"rows point at rows that are gone: {broken[:5]}"
                raise RuntimeError(message)
        finally:
            # It carries a lock, or lacks its foreign keys: nobody shall get this connection from the pool.
            connection.invalidate()


def _pragma(connection: Connection, words: str) -> list[Any]:
    """Outside of a transaction: within one, foreign_keys would change nothing."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return list(driver.execute(f"PRAGMA {words}"))


main()
