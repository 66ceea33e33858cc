"""The cast, gathered once by each process for each kind of database, and copied for every test that asks for it.

Gathering it takes a hundred statements and more, which is longer than most of those tests take; a copy is a file's,
or one script of statements.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core import clock
from core.settings import Settings
from payments.live.container import LiveContainer
from tests.support.applications import Applications
from tests.support.bank import InMemoryBank
from tests.support.cast import Cast, gather
from tests.support.postgres import Server


@dataclass(frozen=True, slots=True)
class CastTemplate:
    """A gathered cast: who it is, what the bank knows of it, when that was, and its rows (a script on PostgreSQL)."""

    cast: Cast
    bank: InMemoryBank
    made_at: datetime
    rows: str = ""

    def is_of_today(self) -> bool:
        """Whether gathering now would make the same: tests may say that their cast was approved today."""
        return self.made_at <= clock.now() and clock.market_day(self.made_at) == clock.today()

    def introduce_to(self, bank: InMemoryBank) -> None:
        """Have a test's bank know what the bank knew that the cast was gathered with."""
        bank.issued |= self.bank.issued
        bank.holders |= self.bank.holders


class CastTemplates:
    """Those of one process."""

    def __init__(self, applications: Applications, settings_of: Callable[[str], Settings], folder: Path) -> None:
        self._applications, self._settings_of = applications, settings_of
        self._file = folder / "cast.db"
        self._kept: dict[str, CastTemplate] = {}
        self._lent: dict[str, CastTemplate] = {}

    def lent_with(self, url: str) -> CastTemplate | None:
        """The template that the database at this address was made from."""
        return self._lent.get(url)

    @contextmanager
    def lend_sqlite(self, empty: Path, path: Path) -> Iterator[str]:
        """A file with the cast in it at `path`; `empty` has the schema alone."""
        kept = self._kept.get("sqlite")
        if kept is None or not kept.is_of_today():
            shutil.copyfile(empty, self._file)
            kept = self._kept["sqlite"] = self._gathered(f"sqlite:///{self._file}", lambda: "")
        shutil.copyfile(self._file, path)
        with self._noted(f"sqlite:///{path}", kept) as url:
            yield url

    @contextmanager
    def lend_postgresql(self, server: Server, empty: str) -> Iterator[str]:
        """A database of the server with the cast in it; `empty` has the schema alone."""
        kept = self._kept.get("postgresql")
        if kept is None or not kept.is_of_today():
            with server.lend(empty) as name:
                kept = self._gathered(server.sqlalchemy_url(name), lambda: server.contents_of(name))
            self._kept["postgresql"] = kept
        with server.lend(empty, kept.rows) as name, self._noted(server.sqlalchemy_url(name), kept) as url:
            yield url

    def _gathered(self, url: str, rows: Callable[[], str]) -> CastTemplate:
        bank, made_at = InMemoryBank(), clock.now()
        with self._applications.lend(self._settings_of(url)) as app:
            LiveContainer.of(app).issuer = bank
            with app.app_context():
                cast = gather()
        return CastTemplate(cast, bank, made_at, rows())

    @contextmanager
    def _noted(self, url: str, kept: CastTemplate) -> Iterator[str]:
        self._lent[url] = kept
        yield url
        del self._lent[url]
