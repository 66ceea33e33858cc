"""Setting a text into a box: as large as its style allows, never clipped, never outside.

A text that would need less than the style's floor in one line is broken into as many lines as the style allows; what
still does not fit becomes smaller than the floor rather than lose a letter.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise

from core.paper.drawing import Box, Text
from core.paper.fonts import Weight, cap_height, drawable, ink_extent, text_width
from core.text import printable

# Distance of baselines in ems: at least this, and more where a dot below (Ậ) would meet stacked marks (Ẫ) underneath.
LINE_PITCH = 1.2
_LINE_GAP = 0.05

_BREAKABLE_CHARS = " /-"


@dataclass(frozen=True, slots=True)
class Style:
    """How a text may be set; sizes are ems in millimetres.

    `align` is 0 for left, 0.5 for centred, 1 for right; `hang` likewise for top, middle and bottom of the box.
    """

    weight: Weight
    size: float
    floor: float
    colour: str
    max_lines: int = 1
    align: float = 0.0
    hang: float = 0.5
    tracking: float = 0.0


def set_text(text: str, box: Box, style: Style) -> tuple[Text, ...]:
    """The lines of `text` within `box`."""
    whole = drawable(printable(text), style.weight)
    best: tuple[str, ...] = (whole,)
    for count in range(1, style.max_lines + 1):
        lines = break_lines(whole, count, style)
        if _size_within(lines, box, style) > _size_within(best, box, style):
            best = lines
        if _size_within(best, box, style) >= style.floor:
            break
    return set_lines(best, box, style)


def set_lines(lines: tuple[str, ...], box: Box, style: Style) -> tuple[Text, ...]:
    """The given lines within `box`, at one size for all."""
    lines = tuple(drawable(printable(line), style.weight) for line in lines)
    size = _size_within(lines, box, style)
    rise, depth = _ink_of(lines, style.weight)
    pitch = _pitch(lines, style.weight)
    flat = cap_height(style.weight)
    # Capitals are centred by their flat height, so that pages beside each other agree; marks only push where they must.
    body = (flat + pitch * (len(lines) - 1)) * size
    first = box.y + (box.height - body) * style.hang + flat * size
    first = min(max(first, box.y + rise * size), box.bottom - (depth - rise) * size)
    return tuple(
        Text(
            x=box.x + (box.width - text_width(line, style.weight, size, style.tracking)) * style.align,
            y=first + pitch * size * number,
            text=line,
            weight=style.weight,
            size=size,
            colour=style.colour,
            tracking=style.tracking,
        )
        for number, line in enumerate(lines)
    )


def break_lines(text: str, count: int, style: Style) -> tuple[str, ...]:
    """The text in at most `count` lines whose longest is as short as can be; words are cut only where one is alone."""
    pieces = _pieces(text, count)
    if len(pieces) <= 1 or count == 1:
        return (text,)
    cuts = combinations(range(1, len(pieces)), min(count, len(pieces)) - 1)
    candidates = (
        tuple("".join(pieces[a:b]).strip() for a, b in zip((0, *cut), (*cut, len(pieces)), strict=True)) for cut in cuts
    )
    return min(candidates, key=lambda lines: max(text_width(line, style.weight, 1, style.tracking) for line in lines))


def _pieces(text: str, count: int) -> list[str]:
    """The text cut after each place where a line may end."""
    pieces, begin = [], 0
    for at, char in enumerate(text, start=1):
        if char in _BREAKABLE_CHARS and at - begin > 1 and at < len(text):
            pieces.append(text[begin:at])
            begin = at
    pieces.append(text[begin:])
    if len(pieces) >= count:
        return pieces
    step = -(-len(text) // count)
    return [text[at : at + step] for at in range(0, len(text), step)]


def _size_within(lines: tuple[str, ...], box: Box, style: Style) -> float:
    width = max(text_width(line, style.weight, 1, style.tracking) for line in lines)
    _, depth = _ink_of(lines, style.weight)
    return min(style.size, box.width / width, box.height / depth)


def _ink_of(lines: tuple[str, ...], weight: Weight) -> tuple[float, float]:
    """How far the ink of a block reaches above its first baseline, and its whole depth, in ems."""
    pitch = _pitch(lines, weight)
    rise = max(ink_extent(line, weight, 1)[0] - pitch * number for number, line in enumerate(lines))
    fall = max(ink_extent(line, weight, 1)[1] + pitch * number for number, line in enumerate(lines))
    return rise, rise + fall


def _pitch(lines: tuple[str, ...], weight: Weight) -> float:
    """Distance of baselines, in ems, at which no line's ink meets the next one's."""
    meetings = (ink_extent(upper, weight, 1)[1] + ink_extent(lower, weight, 1)[0] for upper, lower in pairwise(lines))
    return max(LINE_PITCH, *(meeting + _LINE_GAP for meeting in meetings), 0)
