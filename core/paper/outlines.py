"""Glyph outlines of a TrueType font, as SVG path data.

A reader of the `glyf` table of the OpenType specification, just wide enough for fonts with quadratic outlines, for
reportlab knows a glyph's width but not its shape. An SVG that carries outlines looks the same in a browser, in a
drawing program and at a print shop, with no font installed.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

_Point: TypeAlias = tuple[float, float, bool]

_ON_CURVE, _X_SHORT, _Y_SHORT, _REPEAT, _X_SAME, _Y_SAME = 1, 2, 4, 8, 16, 32
_ARGS_ARE_WORDS, _ARGS_ARE_XY, _HAS_SCALE, _MORE, _HAS_XY_SCALE, _HAS_2X2 = 1, 2, 8, 32, 64, 128
_F2DOT14 = 16384


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's shape in font units, y upwards; `path` is relative SVG path data from the pen's position."""

    advance: int
    y_min: float
    y_max: float
    path: str


class Outlines:
    """The shapes of one font, read from its tables on demand."""

    def __init__(self, tables: dict[str, bytes]) -> None:
        self._glyf = tables["glyf"]
        (glyphs,) = struct.unpack_from(">H", tables["maxp"], 4)
        (long_offsets,) = struct.unpack_from(">h", tables["head"], 50)
        (metrics,) = struct.unpack_from(">H", tables["hhea"], 34)
        if long_offsets:
            self._offsets = struct.unpack_from(f">{glyphs + 1}L", tables["loca"])
        else:
            self._offsets = tuple(2 * offset for offset in struct.unpack_from(f">{glyphs + 1}H", tables["loca"]))
        advances = struct.unpack_from(">" + "Hh" * metrics, tables["hmtx"])[::2]
        self._advances = advances + advances[-1:] * (glyphs - metrics)
        self.glyph = lru_cache(maxsize=None)(self._glyph)

    def _glyph(self, index: int) -> Glyph:
        contours = self._contours(index)
        heights = [y for contour in contours for _, y, _ in contour] or [0]
        return Glyph(self._advances[index], min(heights), max(heights), _relative_path(contours))

    def _contours(self, index: int) -> list[list[_Point]]:
        start, end = self._offsets[index], self._offsets[index + 1]
        if start == end:
            return []
        (count,) = struct.unpack_from(">h", self._glyf, start)
        return self._simple(start + 10, count) if count >= 0 else self._composite(start + 10)

    def _simple(self, at: int, count: int) -> list[list[_Point]]:
        ends = struct.unpack_from(f">{count}H", self._glyf, at)
        at += 2 * count
        (instructions,) = struct.unpack_from(">H", self._glyf, at)
        at += 2 + instructions
        points = ends[-1] + 1 if ends else 0
        flags: list[int] = []
        while len(flags) < points:
            flag = self._glyf[at]
            at += 1
            repeats = 0
            if flag & _REPEAT:
                repeats = self._glyf[at]
                at += 1
            flags += [flag] * (1 + repeats)
        xs, at = self._coordinates(at, flags, _X_SHORT, _X_SAME)
        ys, at = self._coordinates(at, flags, _Y_SHORT, _Y_SAME)
        marked: list[_Point] = [(x, y, bool(flag & _ON_CURVE)) for x, y, flag in zip(xs, ys, flags, strict=True)]
        starts = (0, *(end + 1 for end in ends[:-1]))
        return [marked[first : last + 1] for first, last in zip(starts, ends, strict=True)]

    def _coordinates(self, at: int, flags: list[int], short: int, same: int) -> tuple[list[int], int]:
        value, values = 0, []
        for flag in flags:
            if flag & short:
                value += self._glyf[at] if flag & same else -self._glyf[at]
                at += 1
            elif not flag & same:
                value += struct.unpack_from(">h", self._glyf, at)[0]
                at += 2
            values.append(value)
        return values, at

    def _composite(self, at: int) -> list[list[_Point]]:
        contours: list[list[_Point]] = []
        more = True
        while more:
            flags, index = struct.unpack_from(">HH", self._glyf, at)
            assert flags & _ARGS_ARE_XY, "components placed by matching points are not supported"
            shift = ">hh" if flags & _ARGS_ARE_WORDS else ">bb"
            dx, dy = struct.unpack_from(shift, self._glyf, at + 4)
            at += 4 + struct.calcsize(shift)
            (xx, xy, yx, yy), at = self._scale(at, flags)
            contours += [
                [(x * xx + y * yx + dx, x * xy + y * yy + dy, on) for x, y, on in contour]
                for contour in self._contours(index)
            ]
            more = bool(flags & _MORE)
        return contours

    def _scale(self, at: int, flags: int) -> tuple[tuple[float, float, float, float], int]:
        if flags & _HAS_SCALE:
            (both,) = struct.unpack_from(">h", self._glyf, at)
            return (both / _F2DOT14, 0, 0, both / _F2DOT14), at + 2
        if flags & _HAS_XY_SCALE:
            x, y = struct.unpack_from(">hh", self._glyf, at)
            return (x / _F2DOT14, 0, 0, y / _F2DOT14), at + 4
        if flags & _HAS_2X2:
            xx, xy, yx, yy = (part / _F2DOT14 for part in struct.unpack_from(">4h", self._glyf, at))
            return (xx, xy, yx, yy), at + 8
        return (1, 0, 0, 1), at


def _relative_path(contours: list[list[_Point]]) -> str:
    """Contours as one string of relative commands, each contour beginning where the one before it began."""
    parts = []
    pen = (0.0, 0.0)
    for contour in contours:
        first, *rest = _from_on_curve(contour)
        parts.append(_move("m", pen, first))
        pen = start = (first[0], first[1])
        control: _Point | None = None
        for point in (*rest, first):
            if not point[2]:
                control = point
                continue
            parts.append(_move("l", pen, point) if control is None else _move("q", pen, control, point))
            pen, control = (point[0], point[1]), None
        parts.append("z")
        pen = start
    return "".join(parts)


def _from_on_curve(contour: list[_Point]) -> list[_Point]:
    """The contour with its implied points written out, turned so that it begins on the curve."""
    full: list[_Point] = []
    for before, point in zip([contour[-1], *contour[:-1]], contour, strict=True):
        if not before[2] and not point[2]:
            full.append(((before[0] + point[0]) / 2, (before[1] + point[1]) / 2, True))
        full.append(point)
    begin = next(i for i, point in enumerate(full) if point[2])
    return full[begin:] + full[:begin]


def _move(command: str, pen: tuple[float, float], *points: _Point) -> str:
    return command + " ".join(f"{x - pen[0]:g} {y - pen[1]:g}" for x, y, _ in points)
