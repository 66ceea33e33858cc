"""The database: one engine and its two ways to begin.

SQLite is the default and PostgreSQL the larger sibling; both behave alike here. A read opens a plain transaction. A
unit of work opens a writing one: on SQLite with BEGIN IMMEDIATE, so that a writer waits for its turn at the start and
never fails half-way with a lock that it cannot upgrade.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

#: How long a SQLite writer waits for its turn before giving up, in seconds.
SQLITE_BUSY_TIMEOUT_S = 60
#: A connection that rested for longer is asked whether it still stands before it is lent again, in seconds.
RESTED_S = 0.1
#: How long a request waits for a connection when all are in use, in seconds.
POOL_TIMEOUT_S = 10


class Database:
    """An engine with its two ways to begin.

    `url` is a SQLAlchemy URL, `pool_size` the number of connections kept open; as many again are lent for a rush.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine = _make_engine(url, pool_size)
        self._writing = self.engine.execution_options(cho40_begin="IMMEDIATE")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite (else it is PostgreSQL)."""
        return self.engine.dialect.name == "sqlite"

    def reading(self) -> Session:
        """A session for reads; the caller closes it."""
        return Session(self.engine, expire_on_commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in a writing transaction: commits at the end, rolls back on any error."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _make_engine(url: str, pool_size: int) -> Engine:
    # An error names its statement and never the values, which are names, phones and accounts: errors end in logs.
    pool = {"pool_size": pool_size, "max_overflow": pool_size, "pool_timeout": POOL_TIMEOUT_S, "hide_parameters": True}
    if not url.startswith("sqlite"):
        # What our transactions rest on is said here, whatever the server's own settings are.
        # Statements that are asked for often are prepared by those who ask; what the driver prepares by itself, it also
        # takes back with everything else that is prepared, whenever a transaction is rolled back.
        says = {"options": "-c synchronous_commit=on", "prepare_threshold": None}
        engine = create_engine(url, isolation_level="READ COMMITTED", connect_args=says, **pool)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", partial(_ask_rested, engine.dialect))
        return engine
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_S, "check_same_thread": False}, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _ask_rested(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Have a connection that rested and was lost meanwhile replaced, and all that rested beside it.

    One that was in use a moment ago stands, for no server comes back so soon: asking it costs as much as a statement,
    and the recorder would ask a hundred times a second.
    """
    if time.monotonic() - record.info.get("rests_since", time.monotonic()) <= RESTED_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them deferred, and late.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("cho40_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
