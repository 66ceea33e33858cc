#!/usr/bin/env python3
"""Draw docs/floors.svg from the layers that import-linter holds (pyproject.toml): what is drawn is what is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "floors.svg"

#: What each floor is for; a floor that is not here cannot be drawn.
PURPOSE = {
    "demo": "synthetic stalls and payments, by the services below",
    "adoption": "what officials see",
    "payments": "money: recorded once, announced, refunded, reconciled, verified",
    "vendors": "stalls, their codes, registration, printed cards",
    "market": "areas of both trees, and the markets in them",
    "core": "the ground: it knows no market",
    "vietqr": "a library of its own: read, check and write VietQR",
}
WIRING = "wiring"

PAPER, INK, MUTED, PLATE, LEAF, WHITE = "#FBF8F1", "#172033", "#5A6275", "#0A4A8F", "#0F6B3E", "#FFFFFF"
LEFT, WIDTH, TOP = 40, 640, 84
NAME_X, TEXT_X, TEXT_WIDTH = 60, 180, 470
LINE, ROOM, GAP = 22, 30, 8
#: How wide a letter of the rooms' names is about, in the drawing's units.
LETTER = 7.6


def main() -> None:
    """Write the drawing."""
    PICTURE.write_text(draw(), encoding="utf-8")


def layers() -> tuple[list[str], dict[str, list[list[str]]]]:
    """The floors from the top, and each floor's rooms: layers from the top, siblings of a layer together."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    floors: list[str] = []
    rooms: dict[str, list[list[str]]] = {}
    for contract in contracts:
        if contract["type"] != "layers":
            continue
        if "containers" not in contract:
            floors = contract["layers"]
            continue
        split = [[room.strip(" ()") for room in layer.split("|")] for layer in contract["layers"]]
        rooms[contract["containers"][0]] = [layer for layer in split if layer != [WIRING]]
    return floors, rooms


def draw() -> str:
    """The drawing as SVG."""
    floors, rooms = layers()
    body, y = [], TOP
    for floor in floors:
        lines = [*_lines(rooms.get(floor, []))]
        height = 44 + LINE + len(lines) * (ROOM + GAP) + (4 if lines else -10)
        body += _floor(floor, lines, y, height)
        y += height
    described = "; ".join(
        f"{floor}: {', '.join(room for layer in rooms.get(floor, []) for room in layer) or PURPOSE[floor]}"
        for floor in floors
    )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {y + 28}" role="img" aria-labelledby="t d"'
                " font-family=\"'Be Vietnam Pro', system-ui, sans-serif\">"
            ),
            '  <title id="t">The floors of Chợ 4.0 and their rooms</title>',
            (
                f'  <desc id="d">Imports point down only, between floors and between rooms. {escape(described)}. The'
                " simulated bank stands beside them and is reached over HTTP only.</desc>"
            ),
            f'  <rect width="900" height="{y + 28}" fill="{PAPER}"/>',
            *_roof(),
            *body,
            f'  <path d="M{LEFT} {y}H{LEFT + WIDTH}" stroke="{INK}"/>',
            *_bank(y),
            "</svg>",
            "",
        ]
    )


def _roof() -> list[str]:
    return [
        f'  <rect x="{LEFT}" y="28" width="{WIDTH}" height="40" rx="10" fill="{PLATE}"/>',
        f'  <rect x="{LEFT + 3.5}" y="31.5" width="{WIDTH - 7}" height="33" rx="7" fill="none" stroke="{WHITE}"/>',
        f'  <text x="{NAME_X}" y="54" font-size="18" font-weight="600" fill="{WHITE}">wsgi.py, asgi.py</text>',
        f'  <text x="230" y="54" font-size="15" fill="{WHITE}">the composition roots: they wire the floors</text>',
    ]


def _floor(name: str, lines: list[list[tuple[str, bool]]], y: int, height: int) -> list[str]:
    drawn = [
        f'  <path d="M{LEFT} {y + height}V{y}H{LEFT + WIDTH}V{y + height}" fill="none" stroke="{INK}"/>',
        f'  <text x="{NAME_X}" y="{y + 34}" font-size="20" font-weight="600" fill="{INK}">{name}</text>',
        f'  <text x="{TEXT_X}" y="{y + 34}" font-size="15" fill="{MUTED}">{escape(PURPOSE[name])}</text>',
    ]
    for number, line in enumerate(lines):
        drawn += _rooms(line, y + 34 + LINE + number * (ROOM + GAP))
    return drawn


def _rooms(line: list[tuple[str, bool]], y: int) -> Iterator[str]:
    """Rooms from left (above) to right (below); a gap with an arrow between layers, none between siblings."""
    x = float(TEXT_X)
    for room, begins in line:
        if begins:
            yield f'  <path d="M{x + 3} {y + 8}l7 7l-7 7" fill="none" stroke="{PLATE}" stroke-width="2"/>'
            x += 16
        width = _width(room)
        yield f'  <rect x="{x}" y="{y}" width="{width}" height="{ROOM}" rx="4" fill="{WHITE}" stroke="{PLATE}"/>'
        yield f'  <text x="{x + width / 2}" y="{y + 20}" font-size="14" text-anchor="middle" fill="{INK}">{room}</text>'
        x += width + 4


def _lines(layered: list[list[str]]) -> Iterator[list[tuple[str, bool]]]:
    """The rooms, as many to a line as there is room for; each with whether it begins a layer below another."""
    line: list[tuple[str, bool]] = []
    used, first = 0.0, True
    for layer in layered:
        for number, room in enumerate(layer):
            begins = number == 0 and not first
            need = _width(room) + 4 + (16 if begins else 0)
            if line and used + need > TEXT_WIDTH:
                yield line
                line, used = [], 0.0
            line.append((room, begins))
            used += need
        first = False
    if line:
        yield line


def _width(room: str) -> float:
    return round(len(room) * LETTER + 18, 1)


def _bank(bottom: int) -> list[str]:
    x, y = 724, 260
    words = ("another company's", "product: its own", "database and app,", "imports vietqr alone")
    return [
        f'  <rect x="{x}" y="{y}" width="150" height="140" fill="none" stroke="{INK}"/>',
        f'  <text x="{x + 14}" y="{y + 30}" font-size="20" font-weight="600" fill="{INK}">simbank</text>',
        *(
            f'  <text x="{x + 14}" y="{y + 56 + 20 * number}" font-size="13" fill="{MUTED}">{line}</text>'
            for number, line in enumerate(words)
        ),
        (
            f'  <path d="M{x - 4} {y + 26}H{LEFT + WIDTH + 8}M{LEFT + WIDTH + 4} {y + 56}H{x - 10}" stroke="{LEAF}"'
            ' stroke-width="2"/>'
        ),
        f'  <path d="M{LEFT + WIDTH + 10} {y + 20}v12l-9-6zM{x - 12} {y + 50}v12l9-6z" fill="{LEAF}"/>',
        (
            f'  <path d="M{x + 75} {y + 140}V{bottom - 34}H{LEFT + WIDTH + 10}" fill="none" stroke="{PLATE}"'
            ' stroke-width="2"/>'
        ),
        f'  <path d="M{LEFT + WIDTH + 12} {bottom - 40}v12l-9-6z" fill="{PLATE}"/>',
    ]


if __name__ == "__main__":
    main()
