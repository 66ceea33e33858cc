"""Engines for tests: those of a kind share their dialect, and with it the statements that were compiled for it.

A test's database is its own, so its engine is too, and would compile anew whatever the test before it asked: a third
of what most tests take. What is compiled depends on the dialect and on nothing that differs between two databases.
"""

from __future__ import annotations

from typing import Any
from unittest import mock

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

import core.engine
import simbank.database

#: More than all that we ask, so that nothing is compiled twice.
KEPT = 5_000

#: An engine of each kind, which has connected once: only then a dialect knows what it speaks to.
_first: dict[str, Engine] = {}


def share_what_is_compiled() -> None:
    """Have the engines share it that this process makes from now on, ours and the simulated bank's."""
    for module in (core.engine, simbank.database):
        mock.patch.object(module, "create_engine", _create_alike).start()


def _create_alike(url: Any, **options: Any) -> Engine:
    """As `sqlalchemy.create_engine`."""
    engine = sqlalchemy.create_engine(url, **options)
    kind = f"{engine.dialect.name} {options.get('isolation_level')}"
    if kind not in _first:
        is_sqlite = engine.dialect.name == "sqlite"
        named, options = ("sqlite://", {}) if is_sqlite else (url, options)
        alike = sqlalchemy.create_engine(named, query_cache_size=KEPT, **options)
        try:
            alike.connect().close()
        except OperationalError:  # a test may speak of a server that is not there
            return engine
        alike.dispose()
        _first[kind] = alike
    engine.dialect, engine._compiled_cache = _first[kind].dialect, _first[kind]._compiled_cache
    return engine
