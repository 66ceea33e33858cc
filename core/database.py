"""The database: one engine, two begins, and one unit of work per service call.

SQLite is the default and PostgreSQL the larger sibling; both behave alike here. A read opens a plain transaction. A
unit of work opens a writing one: on SQLite with BEGIN IMMEDIATE, so that a writer waits for its turn at the start and
never fails half-way with a lock that it cannot upgrade.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial, wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import structlog
from flask import current_app, g, has_app_context
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    create_engine,
    delete,
    event,
    select,
)
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

#: How long a SQLite writer waits for its turn before giving up, in seconds.
SQLITE_BUSY_TIMEOUT_S = 60
#: A connection that rested for longer is asked whether it still stands before it is lent again, in seconds.
RESTED_S = 0.1
#: How long a request waits for a connection when all are in use, in seconds.
POOL_TIMEOUT_S = 10
#: PostgreSQL's SQLSTATEs for "try the transaction again": serialization failure, deadlock, and a statement that the
#: connection had prepared and has no more.
TRY_AGAIN = frozenset({"40001", "40P01", "26000"})
TRIES = 5
BACK_OFF_S = 0.02

P = ParamSpec("P")
T = TypeVar("T")

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

log = structlog.get_logger()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. Naive values are refused; SQLite keeps text without a zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse what has no zone, and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment needs its zone"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: A 64-bit key everywhere; SQLite only counts up by itself on a column called INTEGER, which has 64 bits there.
BigInt = BigInteger().with_variant(Integer(), "sqlite")

#: What `core.text.sort_key` makes. PostgreSQL would order it by the rules of its locale, which pass over spaces.
SortKey = String().with_variant(String(collation="C"), "postgresql")

Key = Annotated[int, mapped_column(BigInt, primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime())]


class Base(DeclarativeBase):
    """All of our tables. Names of constraints follow one convention, so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        date: Date(),
        str: String(),
        int: BigInt,
    }


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


def database() -> Database:
    """The database of the application in hand."""
    found: Database = current_app.extensions["database"]
    return found


def read_session() -> Session:
    """The request's session for reads; opened when first asked for, closed with the request."""
    if "read_session" not in g:
        g.read_session = database().reading()
    session: Session = g.read_session
    return session


def close_read_session(_error: BaseException | None = None) -> None:
    """End the request's reading transaction, so that the next read sees what was written since."""
    session: Session | None = g.pop("read_session", None) if has_app_context() else None
    if session is not None:
        session.close()


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One writing transaction around one service call; afterwards reads begin anew and see it.

    It does not nest: a service that needs another one's work calls a function that takes the session.
    """
    if g.get("unit_of_work"):
        message = "a unit of work is open already"
        raise RuntimeError(message)
    close_read_session()
    with database().writing() as session:
        g.unit_of_work = True
        try:
            yield session
        finally:
            g.unit_of_work = False
    _tell(session)


def tried_again(service: Callable[P, T]) -> Callable[P, T]:
    """Have a service whose work is one unit begin anew where PostgreSQL broke that unit for another's sake.

    Nothing of a broken one is there, so it may run again from its start. What fails otherwise, or `TRIES` times, is
    raised. The recorder has its own way: it may also wait for a database that is away.
    """

    @wraps(service)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, TRIES):
            try:
                return service(*args, **kwargs)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in TRY_AGAIN:
                    raise
                log.info("working_again", service=service.__name__, attempt=attempt, reason=type(error.orig).__name__)
                time.sleep(BACK_OFF_S * 2**attempt)
        return service(*args, **kwargs)

    return again


def sweep(session: Session, model: type[Any], over: ColumnElement[bool], at_once: int) -> None:
    """Delete at most `at_once` rows for which `over` holds; what another one is sweeping is left to it.

    The rows are chosen beside the deletion and not in its condition: PostgreSQL may ask a condition's subquery again
    for each row that it looks at, and each time it would choose others.
    """
    chosen = select(model.id).where(over).limit(at_once).with_for_update(skip_locked=True).cte("chosen")
    swept = delete(model).where(model.id.in_(select(chosen.c.id)))
    session.execute(swept.execution_options(synchronize_session=False))


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Have `call` run when the unit of work of `session` has been committed, and never if it has not.

    What it raises is logged and goes no further: the work is done, and nobody may be told otherwise.
    """
    session.info.setdefault("after_commit", []).append(call)


def _tell(session: Session) -> None:
    for call in session.info.pop("after_commit", ()):
        try:
            call()
        except Exception:
            log.exception("after_commit_failed")
