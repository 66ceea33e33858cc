"""SQLite without its waits for the disk, for tests that end no process.

What a test has committed is there whatever becomes of its process; only a power cut could lose it. Servers that are
started as processes of their own, to be killed, do not come by here: they wait for the disk as in service.
"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Engine, event


class HasEngine(Protocol):
    """Our database or the simulated bank's."""

    engine: Engine


def unflushed(database: HasEngine) -> None:
    """Let what commits on this database not wait for the disk; nothing may have connected to it yet."""
    if database.engine.dialect.name == "sqlite":
        # Runs after the listener that the database registered when it was made.
        event.listen(database.engine, "connect", _wait_for_no_disk)


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
