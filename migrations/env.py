"""Runs the migrations on the database that `market.migrations` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

import wsgi  # noqa: F401 - imports every package, and with them every table
from market.database import Base, Database
from market.settings import load_settings


def _target() -> Database:
    given = context.config.attributes.get("database")
    return given if isinstance(given, Database) else Database(load_settings().database_url)


def _run(connection: Connection) -> None:
    # SQLite changes a table by writing it anew, which its foreign keys would forbid half-way.
    sqlite = connection.dialect.name == "sqlite"
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
    with target.engine.connect() as connection:
        if target.is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        _run(connection)
        connection.commit()
        if target.is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


main()
