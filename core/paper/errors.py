"""What can go wrong with a drawing."""

from __future__ import annotations


class CannotBeDrawn(ValueError):
    """No painter can draw what was asked for: a mistake of the caller, or a text that no symbol holds."""
