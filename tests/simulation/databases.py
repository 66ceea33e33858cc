"""Fresh databases for simulations: copies of one that the migrations made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

from core.engine import Database
from core.migrations import upgrade
from tests.support.postgres import Server

#: Lends the address of an empty database and a folder for the bank's, for one simulation.
Lender: TypeAlias = Callable[[], AbstractContextManager[tuple[str, Path]]]


def on_sqlite(template: Path) -> Lender:
    """Copies of a file."""

    @contextmanager
    def lend() -> Iterator[tuple[str, Path]]:
        with tempfile.TemporaryDirectory(prefix="cho40-simulation-") as name:
            folder = Path(name)
            shutil.copyfile(template, folder / "ours.db")
            yield f"sqlite:///{folder / 'ours.db'}", folder

    return lend


def on_postgresql(server: Server, template: str) -> Lender:
    """Copies of a database of a server."""

    @contextmanager
    def lend() -> Iterator[tuple[str, Path]]:
        with tempfile.TemporaryDirectory(prefix="cho40-simulation-") as name, server.lend(template) as lent:
            yield server.sqlalchemy_url(lent), Path(name)

    return lend


def migrated(url: str) -> str:
    """Bring a database to the newest schema; gives its address."""
    database = Database(url)
    upgrade(database)
    database.dispose()
    return url
