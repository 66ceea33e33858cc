"""The markets that come with the program. `data/SOURCES.md` says how well each is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from core.settings import PROJECT_ROOT

MARKETS_FILE = PROJECT_ROOT / "data" / "markets_binh_phuoc.json"


@dataclass(frozen=True, slots=True)
class ListedMarket:
    """A market as the file lists it; areas by their codes, `former_commune` in the tree of before 2025-07-01.

    `district` is the one of old. `stalls_reported` and `in_use` are what a source last said of the real market.
    """

    code: str
    name: str
    district: str
    former_commune: str
    commune: str
    stalls_reported: int | None
    in_use: bool
    evidence: str
    sources: tuple[str, ...]
    note: str


def read_markets(path: Path = MARKETS_FILE) -> list[ListedMarket]:
    """Every listed market, in the file's order."""
    rows = json.loads(path.read_text(encoding="utf-8"))["markets"]
    return [ListedMarket(**row | {"sources": tuple(row["sources"])}) for row in rows]
