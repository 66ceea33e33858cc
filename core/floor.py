"""What a floor brings into the application besides its routes: a declaration in its `wiring`, read by the ground."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.errors import Words
from core.permissions.roles import Permission, Scope

#: Finds the id behind a code that people type, None when there is none.
Finder = Callable[[Session, str], int | None]
#: What places are called, by their ids, like "Chợ Đồng Xoài (DX01)".
Namer = Callable[[Session, Collection[int]], dict[int, str]]
#: Finds the level of an area ("province", "district", "commune"), None when there is no such area.
LevelFinder = Callable[[Session, int], str | None]

#: Does the work of a job's payload, in units of work of its own. None: it is done. A time: nothing went wrong, but
#: there is more to do, so call again that much later. Raising means failure, and is tried again. A worker may be killed
#: at any moment, so a handler must be harmless when it is called again with the same payload, even while another call
#: of it still runs.
JobHandler = Callable[[Mapping[str, Any]], timedelta | None]

#: Kinds of a fact, as the components draw them: good, look, trouble, or plain.
PLAIN, GOOD, LOOK, TROUBLE = "", "good", "look", "trouble"


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A page in the navigation of those who hold the permission anywhere."""

    label: Words
    endpoint: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the operator is told: a term and its value; `kind` says whether somebody should look."""

    term: Words
    value: Words
    kind: str = PLAIN


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts under one title; `read` is called when the page is asked for."""

    title: Words
    read: Callable[[Session], Iterable[Fact]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work in the background: what does it, and what an operator reads."""

    handler: JobHandler
    label: Words


@dataclass(frozen=True, slots=True)
class TimetableEntry:
    """A job at certain times of every market day; its payload tells the `day`, as YYYY-MM-DD.

    Of several times that were missed (no worker ran) only the newest is made up for. With `each_day` all of the last
    `core.jobs.limits.CATCH_UP` are, from the newest on that was ordered before.
    """

    kind: str
    times: tuple[time, ...]
    each_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What one floor declares."""

    #: What actions are called in the audit trail, like {"stall.close": _("stall closed")}.
    actions: Mapping[str, Words] = field(default_factory=dict)
    navigation: tuple[NavigationEntry, ...] = ()
    facts: tuple[FactGroup, ...] = ()
    #: How the codes of a kind of place are found, and what places of that kind are called.
    finders: Mapping[Scope, Finder] = field(default_factory=dict)
    namers: Mapping[Scope, Namer] = field(default_factory=dict)
    #: What the worker can do, by the names of the kinds, and what it orders by the clock.
    jobs: Mapping[str, JobKind] = field(default_factory=dict)
    timetable: tuple[TimetableEntry, ...] = ()
