"""The geometry of charts and maps, in the units of their SVG. Pure; the templates draw, the stylesheet colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

#: Room that a letter of a label takes, for deciding whether a label fits: width and height, in units.
LETTER_WIDTH = 8.6
LINE_HEIGHT = 20.0
#: A label is about so many times as wide as high; it is tried at so many heights of an outline.
LABEL_SHAPE = 2.2
LABEL_TRIES = 24
#: Corners of an outline that lie closer to the last one than this are left out.
OUTLINE_STEP = 0.8
#: Outlines whose room for a label is remembered, some 100 kB each: it is found anew only where boundaries are loaded.
OUTLINES_KEPT = 128
#: Lower bounds of the map's classes, in per cent.
CLASS_BOUNDS = (0, 20, 40, 60, 80)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart's lines go: between `left` and `right`, from `top` (100 %) to `base` (0 %)."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int = 16
    #: At most so many weeks are named below the axis.
    ticks: int = 7

    @property
    def base(self) -> int:
        """The height of 0 %."""
        return self.height - 40

    def x(self, index: int, count: int) -> float:
        """The place of one of `count` weeks."""
        return round(self.left + 12 + index * (self.right - self.left - 12) / max(count - 1, 1), 1)

    def y(self, numerator: int, denominator: int) -> float:
        """The height of a rate."""
        return round(self.base - numerator / denominator * (self.base - self.top), 1)

    def named(self, count: int) -> range:
        """Which weeks are named: evenly, the last one among them."""
        step = max(1, math.ceil(count / self.ticks))
        return range((count - 1) % step, count, step)


DESK = Frame("desk", 900, 320, 56, 720)
PHONE = Frame("phone", 360, 280, 48, 222, ticks=2)


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its unbroken stretches, where it ends, and how high its label stands."""

    stretches: tuple[tuple[Point, ...], ...]
    end: Point | None
    label_y: float


def draw_lines(frame: Frame, series: Sequence[Sequence[tuple[int, int]]]) -> list[Line]:
    """Lines for series of (numerator, denominator); a week without a denominator leaves a gap.

    Labels stand beside the ends, moved apart where they would touch, the earlier series at its place.
    """
    lines: list[Line] = []
    for pairs in series:
        stretches = list(_stretches(frame, pairs))
        end = stretches[-1][-1] if stretches and pairs[-1][1] else None
        label_y = end[1] if end else 0.0
        for other in lines:
            if end and other.end and abs(label_y - other.label_y) < LINE_HEIGHT:
                above = end[1] < other.label_y
                label_y = other.label_y + (-LINE_HEIGHT if above else LINE_HEIGHT)
        lines.append(Line(tuple(stretches), end, label_y))
    return lines


def _stretches(frame: Frame, pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[Point, ...]]:
    stretch: list[Point] = []
    for index, (numerator, denominator) in enumerate(pairs):
        if denominator:
            stretch.append((frame.x(index, len(pairs)), frame.y(numerator, denominator)))
        elif stretch:
            yield tuple(stretch)
            stretch = []
    if stretch:
        yield tuple(stretch)


def map_class(numerator: int, denominator: int) -> str:
    """The class that colours an area: `map-1` to `map-5` by its rate, `map-none` without a denominator.

    >>> map_class(39, 100), map_class(40, 100), map_class(100, 100), map_class(0, 0)
    ('map-2', 'map-3', 'map-5', 'map-none')
    """
    if not denominator:
        return "map-none"
    return f"map-{sum(100 * numerator >= bound * denominator for bound in CLASS_BOUNDS)}"


@dataclass(frozen=True, slots=True)
class Shape:
    """An area's outline as the `d` of a path, and where a label of so many letters and lines would stand."""

    path: str
    middle: Point
    width: float
    height: float

    def fits(self, *lines: str) -> bool:
        """Whether these lines fit inside, more or less."""
        wide = max(len(line) for line in lines) * LETTER_WIDTH
        return wide <= self.width * 0.92 and len(lines) * LINE_HEIGHT <= self.height * 0.95


@dataclass(frozen=True, slots=True)
class Drawing:
    """Outlines on one sheet."""

    width: int
    height: int
    shapes: dict[int, Shape]


def draw_map(outlines: Mapping[int, dict[str, Any]], width: int) -> Drawing:
    """GeoJSON outlines by id on a sheet of that width: equirectangular, with degrees of longitude as wide as they are.

    At the size of a province this is true to within a pixel.
    """
    polygons = {key: list(_polygons(geometry)) for key, geometry in outlines.items()}
    points = [point for some in polygons.values() for polygon in some for ring in polygon for point in ring]
    if not points:
        return Drawing(width, 0, {})
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = (width - 4) / ((east - west) * shrink)

    def project(point: Sequence[float]) -> Point:
        return 2 + (point[0] - west) * shrink * scale, 2 + (north - point[1]) * scale

    shapes = {
        key: _shape([[[project(point) for point in ring] for ring in polygon] for polygon in some])
        for key, some in polygons.items()
    }
    return Drawing(width, math.ceil((north - south) * scale + 4), shapes)


def _polygons(geometry: dict[str, Any]) -> Iterator[list[list[list[float]]]]:
    if geometry["type"] == "Polygon":
        yield geometry["coordinates"]
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["coordinates"]


def _shape(polygons: list[list[list[Point]]]) -> Shape:
    path = "".join(_subpath(ring) for polygon in polygons for ring in polygon)
    outer = max((polygon[0] for polygon in polygons), key=lambda ring: abs(_area(ring)))
    return Shape(path, *_roomiest(tuple(outer)))


@lru_cache(maxsize=OUTLINES_KEPT)
def _roomiest(ring: tuple[Point, ...]) -> tuple[Point, float, float]:
    """The point within the outline with the most room for a label around it, and that room's width and height."""
    lowest, highest = min(y for _x, y in ring), max(y for _x, y in ring)
    best: tuple[float, Point, float, float] = (-1.0, ring[0], 0.0, 0.0)
    for step in range(1, LABEL_TRIES):
        y = lowest + (highest - lowest) * step / LABEL_TRIES
        for left, right in _stretches_of(_crossings(ring, y, 1)):
            x = (left + right) / 2
            for top, bottom in _stretches_of(_crossings(ring, x, 0)):
                if top <= y <= bottom:
                    room = min((right - left) / LABEL_SHAPE, 2 * min(y - top, bottom - y))
                    best = max(best, (room, (round(x, 1), round(y, 1)), right - left, 2 * min(y - top, bottom - y)))
    return best[1:]


def _subpath(ring: list[Point]) -> str:
    kept: list[Point] = []
    for point in ring:
        if not kept or math.dist(point, kept[-1]) >= OUTLINE_STEP:
            kept.append(point)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "Z"


def _area(ring: list[Point]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def _crossings(ring: tuple[Point, ...], at: float, axis: int) -> list[float]:
    """Where the outline crosses the line on which coordinate `axis` is `at`: the other coordinate, in order."""
    cuts = []
    for one, two in zip(ring, ring[1:] + ring[:1], strict=True):
        if (one[axis] > at) != (two[axis] > at):
            part = (at - one[axis]) / (two[axis] - one[axis])
            cuts.append(one[1 - axis] + part * (two[1 - axis] - one[1 - axis]))
    return sorted(cuts)


def _stretches_of(cuts: list[float]) -> list[tuple[float, float]]:
    """The stretches inside the outline, between its crossings."""
    return list(zip(cuts[::2], cuts[1::2], strict=False))
