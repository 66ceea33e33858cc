"""Figures as a table for people and as JSON for comparing runs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from core.settings import VAR

FOLDER = VAR / "benchmarks"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure: what was found, what it was held against, and what it must reach.

    `value` is what counts, mostly a ratio; `reach` its floor, or its ceiling where less is better.
    """

    name: str
    found: str
    against: str
    value: float
    unit: str
    reach: float
    less_is_better: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is where it must be."""
        return self.value <= self.reach if self.less_is_better else self.value >= self.reach


def ratio(name: str, ours: Sequence[float], theirs: Sequence[float], reach: float, words: tuple[str, str]) -> Figure:
    """The median of the ratios of runs that alternated; `words` say what each side's rates are."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return Figure(
        name,
        f"{statistics.median(ours):,.0f} {words[0]}",
        f"{statistics.median(theirs):,.0f} {words[1]}",
        statistics.median(ratios),
        "×",
        reach,
    )


def table(figures: Sequence[Figure]) -> str:
    """In Markdown."""
    lines = ["| Measure | Found | Against | Value | Reach | |", "|---|---|---|---|---|---|"]
    for one in figures:
        value, sign = f"{one.value:,.2f} {one.unit}", "≤" if one.less_is_better else "≥"
        verdict = "reached" if one.reached else "not reached"
        reach = f"{sign} {one.reach:,.5g} {one.unit}"
        lines.append(f"| {one.name} | {one.found} | {one.against} | {value} | {reach} | {verdict} |")
    return "\n".join(lines)


def write(name: str, machine: dict[str, str], figures: Sequence[Figure], details: dict[str, object]) -> Path:
    """Keep a run in the folder of runs, which is not versioned; gives the file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    moment = datetime.now(UTC)
    path = FOLDER / f"{name}-{moment:%Y%m%dT%H%M%SZ}.json"
    content = {"at": moment, "machine": machine, "figures": [asdict(one) for one in figures], "details": details}
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return path
