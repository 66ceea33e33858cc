"""What the worker calls: sweeping sessions that are long over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from flask_babel import lazy_gettext as _

from core.floor import JobKind, TimetableEntry
from core.users.services import sweep_sessions


def _sweep(_payload: Mapping[str, Any]) -> None:
    sweep_sessions()


KINDS: Final = {"users.sweep": JobKind(_sweep, _("sweep sessions that are over"))}
TIMETABLE: Final = (TimetableEntry("users.sweep", (time(2, 10),)),)
