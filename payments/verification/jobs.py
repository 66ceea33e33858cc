"""What the worker calls: checking everything, every night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from flask_babel import lazy_gettext as _

from core.floor import JobKind, TimetableEntry
from payments.verification.services import verify_and_keep

VERIFY: Final = "payments.verify"


def _verify(_payload: Mapping[str, Any]) -> None:
    verify_and_keep()


KINDS: Final = {VERIFY: JobKind(_verify, _("check all that is recorded"))}
TIMETABLE: Final = (TimetableEntry(VERIFY, (time(3, 0),)),)
