"""The bank's own database: SQLite or PostgreSQL, explicit transactions, a versioned schema.

`prepare` creates every table once and writes the version beside them. A database of an older
version is brought forward (`upgrades`); one of a version that this program does not know is refused.
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from .forks import renew_after_fork
from .models import SCHEMA_VERSION, Base, SchemaVersion
from .upgrades import UPGRADES

BUSY_TIMEOUT_S = 30
_WRITE = "simbank_write"
Result = TypeVar("Result")
_PREPARE_LOCK = 970499  # any number will do, as long as every process of the bank takes the same


class SchemaError(RuntimeError):
    """The database belongs to a version of the bank that this program does not know."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"simbank's database has schema {found}, this program needs {SCHEMA_VERSION}: "
            "it holds only simulated money, delete it and start again"
        )


class Database:
    """Opens units of work: `with database.write() as session` commits at the end or not at all."""

    def __init__(self, url: str) -> None:
        self.url = _driver_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._writers = sessionmaker(self.engine.execution_options(**{_WRITE: True}), expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(postgresql_readonly=True), expire_on_commit=False)
        renew_after_fork(self._forget_connections)

    def _forget_connections(self) -> None:
        # A connection shared with the parent process would mix two conversations.
        self.engine.dispose(close=False)

    def write(self) -> AbstractContextManager[Session]:
        """Open a transaction that may write; on SQLite it holds the write lock from its start."""
        return self._writers.begin()

    def read(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads."""
        return self._readers.begin()

    def prepare(self) -> None:
        """Create the tables where there are none; bring those of an older version forward.

        Raises SchemaError when the tables are of a version that is not known here.
        """
        if self.is_sqlite:
            Path(str(self.url.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
        with self.write() as session:
            if not self.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PREPARE_LOCK})
            Base.metadata.create_all(session.connection())
            found = session.get(SchemaVersion, 1)
            if found is None:
                session.add(SchemaVersion(id=1, version=SCHEMA_VERSION))
            else:
                _bring_forward(session, found)


def settling_a_race(work: Callable[[], Result]) -> Result:
    """Run `work`, once more when another process wrote the same key first: it is found then."""
    try:
        return work()
    except IntegrityError:
        return work()


def _bring_forward(session: Session, found: SchemaVersion) -> None:
    while found.version != SCHEMA_VERSION:
        upgrade = UPGRADES.get(found.version)
        if upgrade is None:
            raise SchemaError(found.version)
        upgrade(session.connection())
        found.version += 1


def _driver_url(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _postgres_engine(url: URL) -> Engine:
    return create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=8, max_overflow=24)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own transaction control begins late and as a reader; we begin ourselves.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that starts as a reader cannot wait its turn to write: it fails at once.
        write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
