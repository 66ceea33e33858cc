"""The recorder's own statements: a few for a whole group, written out for each kind of database.

What a group costs is mostly what its statements cost, so these are not composed anew for each group: each is one text,
prepared once by the database, that takes all rows of the group at once. They run in the transaction of the session, by
the driver's own connection. `postgres` and `sqlite` have the same functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from payments.recording.rows import postgres, sqlite
from payments.recording.rows.shapes import ChainHeadRow, ChainRow, InsertedCredit, MessageRow, NewCredit, PaymentRow


class _Statements(Protocol):
    """What both modules do."""

    def record_credits(
        self, connection: Any, messages: Sequence[MessageRow], credits_: Sequence[NewCredit], recorded_at: datetime
    ) -> list[InsertedCredit]: ...

    def lock_chain_heads(self, connection: Any, stall_ids: Sequence[int]) -> list[ChainHeadRow]: ...

    def write_payments(
        self, connection: Any, payments: Sequence[PaymentRow], chains: Sequence[ChainRow], recorded_at: datetime
    ) -> None: ...


class Rows:
    """The statements, in the transaction of a session. They raise SQLAlchemy's errors, as the session does."""

    def __init__(self, session: Session) -> None:
        connection = session.connection()
        self._dialect = connection.dialect
        self._connection = connection.connection.driver_connection
        self._statements: _Statements = sqlite if self._dialect.name == "sqlite" else postgres

    def record_credits(
        self, messages: Sequence[MessageRow], credits_: Sequence[NewCredit], recorded_at: datetime
    ) -> list[InsertedCredit]:
        """Keep messages, and insert the credits that are not known yet, beside other recorders (see `locks`).

        Gives the ones inserted, with the chain heads of the stalls that they are for, locked in sorted order.
        PostgreSQL books them in the same statement if all are of the usual kind: for the virtual account of a code,
        with a text that names nothing but that code, for a stall that has a chain head, and with no reversal waiting.

        Left out are those whose `(gateway, external_id)` a credit or an alias has, and those whose bank reference a
        statement brought before: the caller finds out whether they are the same money.
        """
        with self._translating():
            return self._statements.record_credits(self._connection, messages, credits_, recorded_at)

    def lock_chain_heads(self, stall_ids: Sequence[int]) -> list[ChainHeadRow]:
        """The chain heads of these stalls, locked in sorted order; nothing of those that have none."""
        with self._translating():
            return self._statements.lock_chain_heads(self._connection, stall_ids)

    def write_payments(self, payments: Sequence[PaymentRow], chains: Sequence[ChainRow], recorded_at: datetime) -> None:
        """Insert payments, save the chains, and add to the days' totals."""
        with self._translating():
            self._statements.write_payments(self._connection, payments, chains, recorded_at)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        errors = self._dialect.loaded_dbapi.Error
        try:
            yield
        except errors as error:
            raise DBAPIError.instance(None, None, error, errors, hide_parameters=True) from error
