"""What the worker calls: sweeping answers kept for repeated requests, and throttles that have refilled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from flask_babel import lazy_gettext as _

from core.floor import JobKind, TimetableEntry
from core.web.services import idempotency, throttle


def _sweep(_payload: Mapping[str, Any]) -> None:
    idempotency.sweep_answers()
    throttle.sweep_refilled()


KINDS: Final = {"web.sweep": JobKind(_sweep, _("sweep kept answers and throttles"))}
#: Guesses from many addresses leave many rows, so not only at night.
TIMETABLE: Final = (TimetableEntry("web.sweep", tuple(time(hour, 5) for hour in range(24))),)
