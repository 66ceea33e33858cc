"""What can go wrong with a table's file."""

from __future__ import annotations

from core.errors import Words


class UnreadableTable(Exception):
    """The file is no whole table. `words` say why, for the screen; `line_number` says where, if it is at one place."""

    def __init__(self, words: Words, line_number: int | None = None) -> None:
        super().__init__(words, line_number)
        self.words = words
        self.line_number = line_number


class CannotBeWritten(ValueError):
    """A cell would not come back as it is: a mistake of the caller."""
