"""What many tests begin with, laid once by each process for each kind of database, and copied for every such test.

Laying it takes a hundred statements and more, which is longer than most of those tests take; a copy is a file's, or one
script of statements.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from core import clock
from core.permissions.principal import SYSTEM
from core.settings import Settings
from market.areas.registry import read_areas
from market.areas.services import load_areas
from market.markets.registry import read_markets
from market.markets.services import load_markets
from payments.live.container import LiveContainer
from tests.support.applications import Applications
from tests.support.bank import InMemoryBank
from tests.support.cast import gather
from tests.support.postgres import Server


def lay_areas() -> None:
    """Both trees of areas, as they are."""
    load_areas(read_areas())


def lay_places() -> None:
    """The areas, and the markets in them."""
    lay_areas()
    load_markets(SYSTEM, read_markets())


#: By the fixture that a test asks for; the first that it asks for is laid.
FURNISHINGS: Final[dict[str, Callable[[], object]]] = {"cast": gather, "places": lay_places, "areas": lay_areas}


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What laying gave, what the bank knows since, when that was, and the rows (a script; none on SQLite)."""

    laid: object
    bank: InMemoryBank
    made_at: datetime
    rows: str = ""

    def is_of_today(self) -> bool:
        """Whether laying it now would make the same: tests may say that their cast was approved today."""
        return self.made_at <= clock.now() and clock.market_day(self.made_at) == clock.today()

    def introduce_to(self, bank: InMemoryBank) -> None:
        """Have a test's bank know what the bank knew that this was laid with."""
        bank.issued |= self.bank.issued
        bank.holders |= self.bank.holders


class Furnishings:
    """Those of one process."""

    def __init__(self, applications: Applications, settings_of: Callable[[str], Settings], folder: Path) -> None:
        self._applications, self._settings_of, self._folder = applications, settings_of, folder
        self._kept: dict[tuple[str, str], Furnishing] = {}
        self._lent: dict[str, tuple[str, Furnishing]] = {}

    def lent_with(self, url: str, name: str) -> Furnishing | None:
        """What the database at this address was made with, if it was that."""
        lent, kept = self._lent.get(url, ("", None))
        return kept if lent == name else None

    @contextmanager
    def lend_sqlite(self, name: str | None, empty: Path, path: Path) -> Iterator[str]:
        """A file at `path` with what has this name, or with nothing; `empty` has the schema alone."""
        if name is None:
            shutil.copyfile(empty, path)
            yield f"sqlite:///{path}"
            return
        file, key = self._folder / f"{name}.db", ("sqlite", name)
        kept = self._kept.get(key)
        if kept is None or not kept.is_of_today():
            shutil.copyfile(empty, file)
            kept = self._kept[key] = self._lay(name, f"sqlite:///{file}", lambda: "")
        shutil.copyfile(file, path)
        with self._noted(f"sqlite:///{path}", name, kept) as url:
            yield url

    @contextmanager
    def lend_postgresql(self, name: str | None, server: Server, empty: str) -> Iterator[str]:
        """A database of the server with what has this name, or with nothing; `empty` has the schema alone."""
        if name is None:
            with server.lend(empty) as lent:
                yield server.sqlalchemy_url(lent)
            return
        key = ("postgresql", name)
        kept = self._kept.get(key)
        if kept is None or not kept.is_of_today():
            with server.lend(empty) as lent:
                kept = self._lay(name, server.sqlalchemy_url(lent), lambda: server.contents_of(lent))
            self._kept[key] = kept
        with server.lend(empty, kept.rows) as lent, self._noted(server.sqlalchemy_url(lent), name, kept) as url:
            yield url

    def _lay(self, name: str, url: str, rows: Callable[[], str]) -> Furnishing:
        bank, made_at = InMemoryBank(), clock.now()
        with self._applications.lend(self._settings_of(url)) as app:
            LiveContainer.of(app).issuer = bank
            with app.app_context():
                laid = FURNISHINGS[name]()
        return Furnishing(laid, bank, made_at, rows())

    @contextmanager
    def _noted(self, url: str, name: str, kept: Furnishing) -> Iterator[str]:
        self._lent[url] = (name, kept)
        yield url
        del self._lent[url]


def lent_database(request: pytest.FixtureRequest, path: Path) -> AbstractContextManager[str]:
    """For a fixture whose parameter is a kind of database: one with what the test begins with (SQLite's at `path`)."""
    given = request.getfixturevalue
    furnishings: Furnishings = given("furnishings")
    name = next((name for name in FURNISHINGS if name in request.fixturenames), None)
    if request.param == "sqlite":
        return furnishings.lend_sqlite(name, given("sqlite_template"), path)
    return furnishings.lend_postgresql(name, given("postgres"), given("postgres_template"))
