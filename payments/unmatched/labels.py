"""What is said about recorded money: why some has no stall, how long it waits, and what people did about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flask_babel import LazyString, ngettext
from flask_babel import lazy_gettext as _

from payments.recording.ownership import UnmatchedBecause

BECAUSE: Final[Mapping[str, LazyString]] = {
    UnmatchedBecause.NO_MATCH: _("Neither its text nor its account names a stall"),
    UnmatchedBecause.AMBIGUOUS: _("Several stalls share what it names"),
    UnmatchedBecause.CONTRADICTION: _("Its text names one stall, its account another"),
    UnmatchedBecause.UNASSIGNED: _("It was given to a wrong stall, and taken back"),
}
#: What the trail of changes calls what this floor does.
ACTIONS: Final[Mapping[str, LazyString]] = {
    "unmatched.assign": _("money given to a stall"),
    "unmatched.unassign": _("money taken back from a stall"),
    "payment_request.cancel": _("code with an amount cancelled"),
    "refund.order": _("refund ordered"),
}

_HOUR_S = 3_600
_DAY_S = 24 * _HOUR_S


def age_words(age: timedelta) -> str:
    """How long something has waited, in its largest unit."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < _HOUR_S:
        return str(ngettext("%(num)d minute", "%(num)d minutes", seconds // 60))
    if seconds < 2 * _DAY_S:
        return str(ngettext("%(num)d hour", "%(num)d hours", seconds // _HOUR_S))
    return str(ngettext("%(num)d day", "%(num)d days", seconds // _DAY_S))
