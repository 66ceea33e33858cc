"""An entry's before and after, laid out for reading: one line for each thing that changed.

Phone numbers and bank accounts stand in the trail in full, for courts and boards; on an operator's screen they show
their last figures only, enough to tell two apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.audit.models import AuditEntry
from core.errors import Words

PERSONAL = frozenset({"phone", "vendor_phone", "account_number", "virtual_account", "tax_code"})
FIGURES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed, with dots for what lies within something; None for what was not there, or is not any more."""

    name: Words
    before: str | None
    after: str | None


def differences(entry: AuditEntry) -> list[Difference]:
    """One line for each part of the entry's before and after, in the order in which they were recorded."""
    before, after = dict(_parts(entry.before or {})), dict(_parts(entry.after or {}))
    names = dict.fromkeys([*before, *after])
    return [Difference(name, before.get(name), after.get(name)) for name in names]


def _parts(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _parts(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _in_words(name, value)


def _in_words(name: str, value: Any) -> str:
    match value:
        case None | "":
            return "–"
        case bool():
            return "✓" if value else "✗"
        case list():
            return ", ".join(_in_words(name, part) for part in value) or "–"
        case _ if name in PERSONAL and len(str(value)) > FIGURES_SHOWN:
            return f"…{str(value)[-FIGURES_SHOWN:]}"
        case _:
            return str(value)
