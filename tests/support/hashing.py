"""Argon2, watched: whether a hash was made or checked while a unit of work was open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from argon2 import PasswordHasher
from flask import g

from core.users import passwords


@dataclass
class WatchedHasher:
    """Works as the hasher behind it, and notes for each call whether a unit of work was open."""

    behind: PasswordHasher
    held_the_writer: list[bool] = field(default_factory=list)

    def hash(self, password: str) -> str:
        self.held_the_writer.append(bool(g.get("unit_of_work")))
        return self.behind.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        self.held_the_writer.append(bool(g.get("unit_of_work")))
        return self.behind.verify(password_hash, password)

    def check_needs_rehash(self, password_hash: str) -> bool:
        return self.behind.check_needs_rehash(password_hash)


@dataclass
class InterruptedHasher:
    """Works as the hasher behind it; once, something happens right after a password was checked."""

    behind: PasswordHasher
    happens: Callable[[], object] | None

    def hash(self, password: str) -> str:
        return self.behind.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        right = self.behind.verify(password_hash, password)
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return right

    def check_needs_rehash(self, password_hash: str) -> bool:
        return self.behind.check_needs_rehash(password_hash)


@contextmanager
def hashing_outside_units_of_work(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails unless something is hashed meanwhile, and all of it while nobody waits for SQLite's one writer."""
    watched = WatchedHasher(passwords._hasher)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(passwords, "_hasher", watched)
        yield
    assert watched.held_the_writer
    assert not any(watched.held_the_writer)
