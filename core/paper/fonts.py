"""Be Vietnam Pro: where its files are, how wide a text runs, how far its ink reaches.

The one place that knows where the fonts live. Kerning is left out on purpose: the three painters then need nothing
but advance widths, and set every line alike.
"""

import enum
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from core.paper.outlines import Glyph, Outlines

_FOLDER = Path(__file__).resolve().parents[2] / "static" / "fonts" / "be-vietnam-pro" / "ttf"
_SUBSTITUTE = "?"
_OUTLINE_TABLES = ("head", "hhea", "maxp", "loca", "glyf", "hmtx")


class Weight(enum.Enum):
    """The weights in use: two for text, one heavy."""

    REGULAR = "400Regular"
    SEMIBOLD = "600SemiBold"
    HEAVY = "800ExtraBold"

    @property
    def path(self) -> Path:
        """The TrueType file."""
        return _FOLDER / f"BeVietnamPro_{self.value}.ttf"

    @property
    def pdf_name(self) -> str:
        """The name under which reportlab knows the font."""
        return f"BeVietnamPro-{self.value}"


@dataclass(frozen=True, slots=True)
class Face:
    """One font file, opened; lengths are in font units, `units_per_em` to the em."""

    outlines: Outlines
    glyph_by_char: dict[int, int]
    units_per_em: int
    cap_height: int

    def has(self, char: str) -> bool:
        """Whether the font can draw the character."""
        return ord(char) in self.glyph_by_char

    def glyph(self, char: str) -> Glyph:
        """Outline, extent and advance of a character."""
        return self.outlines.glyph(self.glyph_by_char[ord(char)])


_faces: dict[Weight, Face] = {}
_opening = threading.Lock()


def face(weight: Weight) -> Face:
    """The opened font, which reportlab then also knows by `weight.pdf_name`.

    Opened once: registering it anew would take the font away from a document that another thread is drawing.
    """
    if weight not in _faces:
        with _opening:
            if weight not in _faces:
                _faces[weight] = _open(weight)
    return _faces[weight]


def _open(weight: Weight) -> Face:
    font = TTFont(weight.pdf_name, str(weight.path), shapable=False, asciiReadable=False)
    pdfmetrics.registerFont(font)
    parsed = font.face
    # reportlab's parser carries no annotations.
    tables = {tag: bytes(parsed.get_table(tag)) for tag in _OUTLINE_TABLES}  # type: ignore[no-untyped-call]
    return Face(Outlines(tables), dict(parsed.charToGlyph), parsed.unitsPerEm, parsed.capHeight)


def cap_height(weight: Weight) -> float:
    """Height of a flat capital, in ems."""
    opened = face(weight)
    return opened.cap_height / opened.units_per_em


def drawable(text: str, weight: Weight) -> str:
    """The text with each character that the font lacks replaced by a question mark, which is seen at proof-reading."""
    opened = face(weight)
    return "".join(char if opened.has(char) else _SUBSTITUTE for char in text)


@lru_cache(maxsize=4096)
def _measure(text: str, weight: Weight) -> tuple[float, float, float]:
    opened = face(weight)
    glyphs = [opened.glyph(char) for char in text]
    advance = sum(glyph.advance for glyph in glyphs)
    rise = max((glyph.y_max for glyph in glyphs), default=0)
    fall = max((-glyph.y_min for glyph in glyphs), default=0)
    em = opened.units_per_em
    return advance / em, max(rise, 0) / em, max(fall, 0) / em


def text_width(text: str, weight: Weight, size: float, tracking: float = 0.0) -> float:
    """Advance width of one line, in the unit of `size`."""
    return (_measure(text, weight)[0] + tracking * max(len(text) - 1, 0)) * size


def ink_extent(text: str, weight: Weight, size: float) -> tuple[float, float]:
    """How far the ink reaches above and below the baseline, in the unit of `size`."""
    _, rise, fall = _measure(text, weight)
    return rise * size, fall * size
