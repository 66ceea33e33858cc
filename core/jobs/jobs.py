"""What the worker calls: sweeping jobs that are done and workers that are gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from flask_babel import lazy_gettext as _

from core.floor import JobKind, TimetableEntry
from core.jobs.services import sweep_ended


def _sweep(_payload: Mapping[str, Any]) -> None:
    sweep_ended()


KINDS: Final = {"jobs.sweep": JobKind(_sweep, _("sweep done jobs"))}
TIMETABLE: Final = (TimetableEntry("jobs.sweep", (time(2, 20),)),)
