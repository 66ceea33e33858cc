"""What a command that brings data in has done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many entries were new, how many were corrected, and how many stood already as listed.

    >>> print(Loaded(added=31, changed=0, unchanged=0))
    31 added, 0 changed, 0 unchanged
    """

    added: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        return f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged"
