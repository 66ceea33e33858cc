"""The PNG painter: whole dots per module, smooth type and corners."""

import io
import math
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from core.paper.drawing import Drawing, Panel, SymbolMark, Text
from core.paper.errors import CannotBeDrawn
from core.paper.fonts import Weight, face, ink_extent, text_width

DPI_MIN = 72
DPI_MAX = 600

_MM_PER_INCH = 25.4
_OVERSAMPLING = 4
# Level 6 saves a tenth to a fifth of the bytes for twice the time.
_COMPRESSION = 3

# Lines that pages share stay drawn: of the twenty or so on a stall's card, half are the same on every card.
_REMEMBERED_LINES = 64
_OVERHANG_EMS = 0.05


def paint_png(drawing: Drawing, dpi: int) -> bytes:
    """The page as a PNG of `dpi` dots per inch, which it also states.

    Raises `CannotBeDrawn` when `dpi` is outside `DPI_MIN` to `DPI_MAX`.
    """
    if not DPI_MIN <= dpi <= DPI_MAX:
        message = f"{dpi} dpi is outside {DPI_MIN} to {DPI_MAX}"
        raise CannotBeDrawn(message)
    image = _Raster(drawing, dpi).image
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(dpi, dpi), compress_level=_COMPRESSION)
    return out.getvalue()


class _Raster:
    """One page being painted."""

    def __init__(self, drawing: Drawing, dpi: int) -> None:
        self._dots = dpi / _MM_PER_INCH
        size = (round(drawing.width * self._dots), round(drawing.height * self._dots))
        self.image = Image.new("RGB", size, "#FFFFFF")
        for shape in drawing.shapes:
            if isinstance(shape, Panel):
                self._panel(shape)
            elif isinstance(shape, Text):
                self._text(shape)
            else:
                self._symbol(shape)

    def _panel(self, panel: Panel) -> None:
        box, dots = panel.box, self._dots
        left, top = round(box.x * dots), round(box.y * dots)
        right, bottom = max(round(box.right * dots), left + 1), max(round(box.bottom * dots), top + 1)
        radius = min(round(panel.radius * dots), (right - left) // 2, (bottom - top) // 2)
        if not radius:
            self.image.paste(panel.colour, (left, top, right, bottom))
            return
        self.image.paste(panel.colour, (left + radius, top, right - radius, bottom))
        self.image.paste(panel.colour, (left, top + radius, right, bottom - radius))
        disc = _disc(radius)
        for x, dx in ((left, 0), (right - radius, radius)):
            for y, dy in ((top, 0), (bottom - radius, radius)):
                quarter = disc.crop((dx, dy, dx + radius, dy + radius))
                self.image.paste(panel.colour, (x, y), quarter)

    def _text(self, text: Text) -> None:
        """Lays the colour through the line's mask; a turned line is the same mask, turned."""
        line = _line(text.text, text.weight, text.size * self._dots, text.tracking)
        x, y, mask = round(text.x * self._dots), round(text.y * self._dots), line.mask
        if text.turn < 0:
            mask = mask.transpose(Image.Transpose.ROTATE_90)
            corner = (x - line.baseline, y - line.mask.width + line.margin)
        elif text.turn:
            mask = mask.transpose(Image.Transpose.ROTATE_270)
            corner = (x - line.mask.height + line.baseline, y - line.margin)
        else:
            corner = (x - line.margin, y - line.baseline)
        self.image.paste(text.colour, corner, mask)

    def _symbol(self, mark: SymbolMark) -> None:
        """Centred where the layout has it, with the whole number of dots per module that stays inside."""
        side = mark.symbol.side
        dots = int(mark.module * self._dots + 1e-9)
        small = Image.new("1", (side, side), 1)
        small.putdata([not dark for row in mark.symbol.rows for dark in row])
        large = small.resize((side * dots, side * dots), Image.Resampling.NEAREST)
        spare = (mark.box.width * self._dots - side * dots) / 2
        self.image.paste(large, (round(mark.box.x * self._dots + spare), round(mark.box.y * self._dots + spare)))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of type as a mask; its baseline begins `margin` dots from the left and `baseline` dots from the top."""

    mask: Image.Image
    margin: int
    baseline: int


@lru_cache(maxsize=_REMEMBERED_LINES)
def _line(text: str, weight: Weight, em: float, tracking: float) -> _Line:
    """One line, `em` in dots.

    Each character goes to its own place: a font engine that rounds advances to dots would drift from the layout.
    """
    opened, font = face(weight), _font(weight, round(em, 2))
    rise, fall = ink_extent(text, weight, em)
    margin = 2 + round(em * _OVERHANG_EMS)
    baseline = math.ceil(rise) + margin
    width = math.ceil(text_width(text, weight, em, tracking)) + 2 * margin
    mask = Image.new("L", (width, baseline + math.ceil(fall) + margin))
    draw = ImageDraw.Draw(mask)
    x = float(margin)
    for char in text:
        if char != " ":
            draw.text((x, baseline), char, fill=255, font=font, anchor="ls")
        x += (opened.glyph(char).advance / opened.units_per_em + tracking) * em
    return _Line(mask, margin, baseline)


@lru_cache(maxsize=256)
def _font(weight: Weight, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(weight.path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=64)
def _disc(radius: int) -> Image.Image:
    """A smooth disc of `radius` dots as a mask."""
    side = 2 * radius * _OVERSAMPLING
    large = Image.new("L", (side, side))
    ImageDraw.Draw(large).ellipse((0, 0, side - 1, side - 1), fill=255)
    return large.resize((2 * radius, 2 * radius), Image.Resampling.BOX)
