"""What tables are made of, and the sessions of the application in hand: one to read, one unit of work to write."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import structlog
from flask import g, has_app_context
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from core.container import CoreContainer
from core.engine import Database

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


def database() -> Database:
    """The database of the application in hand."""
    return CoreContainer.current().database


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


def unit_of_work(service: Callable[Concatenate[Session, P], T]) -> Callable[P, T]:
    """Run a service in one writing transaction; callers leave its first argument, the session, out.

    Where PostgreSQL broke the transaction for another's sake, nothing of it is there, and the service is run again from
    its start; what fails otherwise, or `TRIES` times, is raised. So nothing may stand in it that must not happen twice,
    like asking a bank: what has to wait for the commit is given to `after_commit`. Afterwards reads begin anew and see
    what was written. Units of work do not nest: a service that needs another one's work calls a function that takes the
    session.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, TRIES):
            try:
                return _run_once(service, *args, **kwargs)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in TRY_AGAIN:
                    raise
                log.info("working_again", service=service.__name__, attempt=attempt, reason=type(error.orig).__name__)
                time.sleep(BACK_OFF_S * 2**attempt)
        return _run_once(service, *args, **kwargs)

    return run


def _run_once(service: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    if g.get("unit_of_work"):
        message = "a unit of work is open already"
        raise RuntimeError(message)
    close_read_session()
    with database().writing() as session:
        g.unit_of_work = True
        try:
            answer = service(session, *args, **kwargs)
        finally:
            g.unit_of_work = False
    for call in session.info.pop("after_commit", ()):
        try:
            call()
        except Exception:
            log.exception("after_commit_failed")
    return answer


def is_sqlite(session: Session) -> bool:
    """Whether the session speaks to SQLite (else to PostgreSQL)."""
    return session.get_bind().dialect.name == "sqlite"


def upsert(session: Session, model: type[Base]) -> Any:
    """An INSERT of the session's own dialect, which has ON CONFLICT, into the model's plain table."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    return insert(model.__table__)  # type: ignore[arg-type]


def sweep(session: Session, model: type[Any], over: ColumnElement[bool], at_once: int) -> int:
    """Delete at most `at_once` rows for which `over` holds, and give how many; what another sweeps is left to it.

    The rows are chosen beside the deletion and not in its condition: PostgreSQL may ask a condition's subquery again
    for each row that it looks at, and each time it would choose others.
    """
    chosen = select(model.id).where(over).limit(at_once).with_for_update(skip_locked=True).cte("chosen")
    # SQLite's driver counts no rows of a statement that begins with WITH, so they are returned.
    swept = delete(model).where(model.id.in_(select(chosen.c.id))).returning(model.id)
    return len(session.scalars(swept.execution_options(synchronize_session=False)).all())


def sweep_all(model: type[Any], over: ColumnElement[bool], at_once: int) -> int:
    """Delete all rows for which `over` holds, so many in each unit of work that nobody waits long; gives how many."""
    swept = 0
    while True:
        count = unit_of_work(sweep)(model, over, at_once)
        swept += count
        if count < at_once:
            return swept


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Have `call` run when the unit of work of `session` has been committed, and never if it has not.

    What it raises is logged and goes no further: the work is done, and nobody may be told otherwise.
    """
    session.info.setdefault("after_commit", []).append(call)
