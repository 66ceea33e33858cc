"""What can go wrong with a cash sale."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict


class StallNotInOperation(Conflict):
    """Cash is noted for a stall that trades."""

    code = "stall_not_in_operation"
    title = _("This stall is not in operation")


class AlreadyNoted(Conflict):
    """The same page was used for another amount; the first tap counts."""

    code = "cash_already_noted"
    title = _("Another amount was noted from this page already")


class NotedAndUndone(Conflict):
    """What was noted from the same page was taken back since; it does not stand, and is not noted again by itself."""

    code = "cash_noted_and_undone"
    title = _("This was noted from the page already, and taken back since")


class TooLateToUndo(Conflict):
    """The day is over, and its figures stand in reports."""

    code = "too_late_to_undo"
    title = _("Only what was noted today can be taken back")
