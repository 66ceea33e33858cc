"""The areas that come with the program: Bình Phước as it was, and what it is today as part of Đồng Nai.

`data/SOURCES.md` says where each file comes from and what its days mean: the old tree is known from 2022-10-01 on, so
its `valid_from` is the first day that we know of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.settings import PROJECT_ROOT
from market.areas.models import Level

DATA = PROJECT_ROOT / "data"

#: What tells a unit from all others: codes are used again.
AreaKey = tuple[str, date]


@dataclass(frozen=True, slots=True)
class ListedTitle:
    """A unit's type, like "Phường", from a day on."""

    valid_from: date
    type: str


@dataclass(frozen=True, slots=True)
class ListedArea:
    """A unit as the files list it; its parent comes before it, its successors anywhere."""

    key: AreaKey
    valid_to: date | None
    level: Level
    name: str
    titles: tuple[ListedTitle, ...]
    parent: AreaKey | None = None
    successors: tuple[AreaKey, ...] = ()
    geometry: dict[str, Any] | None = None

    def full_name(self, title: ListedTitle) -> str:
        """Like "Phường Đồng Xoài"."""
        return f"{title.type} {self.name}"


def read_areas(folder: Path = DATA) -> list[ListedArea]:
    """Both trees, each from the top down."""
    today = _read(folder / "areas_dong_nai_2025.json")
    former = _read(folder / "areas_binh_phuoc_2022.json")
    new_from = date.fromisoformat(today["valid_from"])
    if date.fromisoformat(former["valid_to"]) + timedelta(days=1) != new_from:
        message = "the old tree must end on the day before the new one begins"
        raise ValueError(message)
    return [
        *_former_tree(former, new_from, _outlines(folder / "binh_phuoc_districts.geojson")),
        *_tree_of_today(today, new_from, _outlines(folder / "dong_nai_communes_2025.geojson")),
    ]


def _former_tree(tree: dict[str, Any], new_from: date, outlines: dict[str, Any]) -> Iterator[ListedArea]:
    valid_from, valid_to = date.fromisoformat(tree["valid_from"]), date.fromisoformat(tree["valid_to"])

    def unit(row: dict[str, Any], level: Level, **more: Any) -> ListedArea:
        titles = (ListedTitle(valid_from, row["type"]),)
        return ListedArea((row["code"], valid_from), valid_to, level, row["name"], titles, **more)

    province = tree["province"]
    yield unit(province, Level.PROVINCE, successors=((tree["successor_province"], new_from),))
    for district in tree["districts"]:
        above, geometry = (province["code"], valid_from), outlines[district["code"]]
        yield unit(district, Level.DISTRICT, parent=above, geometry=geometry)
        for commune in district["communes"]:
            above, successor = (district["code"], valid_from), (commune["new_code"], new_from)
            yield unit(commune, Level.COMMUNE, parent=above, successors=(successor,))


def _tree_of_today(tree: dict[str, Any], valid_from: date, outlines: dict[str, Any]) -> Iterator[ListedArea]:
    changed_on = date.fromisoformat(tree["titles_changed_on"])

    def unit(row: dict[str, Any], level: Level, **more: Any) -> ListedArea:
        titles = [ListedTitle(valid_from, row["type_2025"])]
        if row["type_now"] != row["type_2025"]:
            titles.append(ListedTitle(changed_on, row["type_now"]))
        return ListedArea((row["code"], valid_from), None, level, row["name"], tuple(titles), **more)

    province = tree["province"]
    yield unit(province, Level.PROVINCE)
    for commune in tree["communes"]:
        above, geometry = (province["code"], valid_from), outlines[commune["code"]]
        yield unit(commune, Level.COMMUNE, parent=above, geometry=geometry)


def _outlines(path: Path) -> dict[str, Any]:
    return {feature["properties"]["code"]: feature["geometry"] for feature in _read(path)["features"]}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
