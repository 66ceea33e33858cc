"""The PNG painter: whole dots per module, smooth type and corners."""

import io
import math
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from vendors.cards.drawing import Drawing, Panel, SymbolMark, Text
from vendors.cards.facts import CardError
from vendors.cards.fonts import Weight, face

DPI_MIN = 72
DPI_MAX = 600

_MM_PER_INCH = 25.4
_OVERSAMPLING = 4
# Level 6 saves a tenth to a fifth of the bytes for twice the time.
_COMPRESSION = 3


def paint_png(drawing: Drawing, dpi: int) -> bytes:
    """The page as a PNG of `dpi` dots per inch, which it also states."""
    if not DPI_MIN <= dpi <= DPI_MAX:
        message = f"{dpi} dpi is outside {DPI_MIN} to {DPI_MAX}"
        raise CardError(message)
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
        self._draw = ImageDraw.Draw(self.image)
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
        if text.turn:
            self._turned(text)
            return
        _set_line(self._draw, text, text.x * self._dots, text.y * self._dots, self._dots, text.colour)

    def _turned(self, text: Text) -> None:
        """Draws the line upright into a mask, turns it by a quarter and lays the colour through it."""
        dots, box = self._dots, text.box
        length, depth = math.ceil(max(box.width, box.height) * dots), math.ceil(min(box.width, box.height) * dots)
        rise = (text.x - box.x if text.turn < 0 else box.right - text.x) * dots
        mask = Image.new("L", (length, depth))
        _set_line(ImageDraw.Draw(mask), text, 0, rise, dots, 255)
        turn = Image.Transpose.ROTATE_90 if text.turn < 0 else Image.Transpose.ROTATE_270
        mask = mask.transpose(turn)
        self.image.paste(text.colour, (round(box.x * dots), round(box.y * dots)), mask)

    def _symbol(self, mark: SymbolMark) -> None:
        """Centred where the layout has it, with the whole number of dots per module that stays inside."""
        side = mark.symbol.side
        dots = int(mark.module * self._dots + 1e-9)
        small = Image.new("1", (side, side), 1)
        small.putdata([not dark for row in mark.symbol.rows for dark in row])
        large = small.resize((side * dots, side * dots), Image.Resampling.NEAREST)
        spare = (mark.box.width * self._dots - side * dots) / 2
        self.image.paste(large, (round(mark.box.x * self._dots + spare), round(mark.box.y * self._dots + spare)))


def _set_line(draw: ImageDraw.ImageDraw, text: Text, x: float, y: float, dots: float, colour: str | int) -> None:
    """Each character at its own place: a font engine that rounds advances to dots would drift from the layout."""
    opened = face(text.weight)
    font = _font(text.weight, round(text.size * dots, 2))
    em = text.size * dots
    for char in text.text:
        if char != " ":
            draw.text((x, y), char, fill=colour, font=font, anchor="ls")
        x += (opened.glyph(char).advance / opened.units_per_em + text.tracking) * em


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
