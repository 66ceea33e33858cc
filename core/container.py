"""The parts that one application is made of, each by its name and type.

Every floor that has parts of its own extends the container of the floor below. The composition root makes one object
of the uppermost class and puts it on the application; each floor asks for it by its own class, and so sees its own
parts and those below, and nothing of the floors above.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from flask import Flask, current_app

from core.engine import Database
from core.floor import Floor, LevelFinder
from core.permissions.principal import Principal
from core.settings import Settings

_KEY: Final = "cho40"


@dataclass(kw_only=True)
class CoreContainer:
    """What the ground needs. Tests put another part in by assigning it."""

    settings: Settings
    database: Database
    #: From the ground up.
    floors: tuple[Floor, ...]
    #: Finds who is asking.
    identify: Callable[[], Principal]
    #: Finds the level of an area, which an officer's grant must fit.
    find_level: LevelFinder

    def install(self, app: Flask) -> None:
        """Be the container of this application."""
        app.extensions[_KEY] = self

    @classmethod
    def of(cls, app: Flask) -> Self:
        """The container of this application."""
        found = app.extensions[_KEY]
        assert isinstance(found, cls)
        return found

    @classmethod
    def current(cls) -> Self:
        """The container of the application in hand."""
        return cls.of(current_app)
