"""What makes a statement unreadable. It is then refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _

from core.errors import Problem, Words


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: the line from 1, the column's name or place, the entry's reference."""

    words: Words
    line_number: int | None = None
    column: str | None = None
    entry_ref: str | None = None

    def __str__(self) -> str:
        """The place, then what is wrong there."""
        place = [str(part) for part in self._place()]
        return f"{', '.join(place)}: {self.words}" if place else str(self.words)

    def _place(self) -> list[Words]:
        places: list[Words] = []
        if self.line_number is not None:
            places.append(_("line %(number)s", number=self.line_number))
        if self.column is not None:
            places.append(_("column %(name)s", name=self.column))
        if self.entry_ref is not None:
            places.append(_("entry %(reference)s", reference=self.entry_ref))
        return places


class Unreadable(Problem):
    """The file cannot be read as a statement. Nothing of it is kept; `faults` say where it fails."""

    code: ClassVar[str] = "unreadable_statement"
    status = 422
    title = _("This file cannot be read as a statement")

    def __init__(self, *faults: Fault) -> None:
        super().__init__(_("Nothing of it was kept."), faults=[str(fault) for fault in faults])
        self.faults = faults

    def __str__(self) -> str:
        """One fault a line."""
        return "\n".join(str(fault) for fault in self.faults)
