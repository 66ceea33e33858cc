from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from core.container import CoreContainer
from core.database import database
from core.floor import Floor, JobKind
from core.jobs.services import enqueue


@dataclass
class Probe:
    """What jobs of kind "probe" were given, and what they do: `answers` from the first on, an error is raised."""

    given: list[dict[str, Any]] = field(default_factory=list)
    answers: list[timedelta | Exception | None] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def __call__(self, payload: Mapping[str, Any]) -> timedelta | None:
        self.given.append(dict(payload))
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def probe(app: Flask) -> Probe:
    """The only kind of job that the application knows."""
    probe = Probe()
    declare(app, Floor(jobs={"probe": JobKind(probe, "thử việc")}))
    return probe


def declare(app: Flask, *floors: Floor) -> None:
    """Let the application be made of these floors alone."""
    CoreContainer.of(app).floors = floors


def order(kind: str = "probe", key: str | None = None, **payload: Any) -> bool:
    with database().writing() as session:
        return enqueue(session, kind, payload, key=key)
