"""What an application does in the background, and when by itself: as its floors declare it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask

from core.container import CoreContainer
from core.floor import JobKind, TimetableEntry


@dataclass(frozen=True, slots=True)
class Registry:
    """The kinds of jobs by their names, and the timetable."""

    kinds: Mapping[str, JobKind]
    timetable: tuple[TimetableEntry, ...]


def registry_of(app: Flask) -> Registry:
    """What the floors of an application declare: each kind has one handler, and each entry a kind."""
    floors = CoreContainer.of(app).floors
    names = Counter(name for floor in floors for name in floor.jobs)
    twice = [name for name, count in names.items() if count > 1]
    assert not twice, f"two handlers for jobs of kind {twice}"
    timetable = tuple(entry for floor in floors for entry in floor.timetable)
    unknown = {entry.kind for entry in timetable} - names.keys()
    assert not unknown, f"nobody does jobs of kind {unknown}"
    return Registry({name: kind for floor in floors for name, kind in floor.jobs.items()}, timetable)
