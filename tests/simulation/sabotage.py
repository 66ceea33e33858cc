"""Ways for a process to end, or for a database to fail, at the worst moment: around a COMMIT.

`Saboteur` stands before a database's writing transactions. What it does is arranged for the n-th commit from now.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.engine import Database

WAITS_AT_MOST_S = 20.0


class Fate(StrEnum):
    """What becomes of a commit."""

    NORMAL = "normal"
    #: The process ends before COMMIT: nothing is durable, nobody is answered.
    KILLED_BEFORE = "killed_before"
    #: The process ends after COMMIT: all is durable, nobody is answered.
    KILLED_AFTER = "killed_after"
    #: The database refuses for a reason that passes.
    FAILED_BEFORE = "failed_before"
    #: The connection breaks after COMMIT, before its answer: durable, and tried again.
    FAILED_AFTER = "failed_after"
    #: The database refuses for a reason that stays.
    REFUSED = "refused"


KILLS = (Fate.KILLED_BEFORE, Fate.KILLED_AFTER)
PASSING = (Fate.FAILED_BEFORE, Fate.FAILED_AFTER)


class Killed(BaseException):
    """The process has ended. Nothing of it may catch this and go on."""


class Saboteur:
    """The writing transactions of one process, with what is arranged for them.

    `fates` says in order what became of each commit; one that was tried again stands once. `hold` keeps commits waiting
    until `let_go`.
    """

    def __init__(self, database: Database) -> None:
        self._begin = database.writing
        self._database = database
        self._arranged: tuple[int, Fate] | None = None
        self._again = False
        self._open = threading.Event()
        self._open.set()
        self.reached = threading.Event()
        self.fates: list[Fate] = []
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def arrange(self, fate: Fate, *, commits: int = 1) -> None:
        """Have this happen to the n-th commit from now."""
        self._arranged = (commits, fate)

    def forget(self) -> None:
        """Let what was arranged and has not happened not happen, and begin a new list of fates."""
        self._arranged = None
        self.fates = []

    def hold(self) -> None:
        """Keep commits waiting."""
        self.reached.clear()
        self._open.clear()

    def let_go(self) -> None:
        """Let them go on."""
        self._open.set()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A writing transaction, as `Database.writing` gives it."""
        self.reached.set()
        assert self._open.wait(WAITS_AT_MOST_S), "commits were held and never let go"
        if self.dead:
            raise Killed
        fate = self._next_fate()
        with self._begin() as session:
            yield session
            self._strike(fate, Fate.KILLED_BEFORE, Fate.FAILED_BEFORE, Fate.REFUSED)
        self._strike(fate, Fate.KILLED_AFTER, Fate.FAILED_AFTER)

    def _next_fate(self) -> Fate:
        if self._again:
            self._again = False
            return Fate.NORMAL
        fate = Fate.NORMAL
        if self._arranged is not None:
            commits, arranged = self._arranged
            fate = arranged if commits == 1 else Fate.NORMAL
            self._arranged = (commits - 1, arranged) if commits > 1 else None
        self.fates.append(fate)
        return fate

    def _strike(self, fate: Fate, *here: Fate) -> None:
        if fate not in here:
            return
        if fate in KILLS:
            self.dead = True
            raise Killed
        if fate in PASSING:
            self._again = True
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("the connection broke"))
        raise IntegrityError("COMMIT", None, sqlite3.IntegrityError("refused"))
