"""The PDF painter: vector symbol as one path, embedded subsets of the font, selectable Unicode text."""

import io
import threading
from collections.abc import Iterable
from functools import lru_cache

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from core.paper.drawing import Box, Drawing, Panel, Shape, SymbolMark, Text
from core.paper.fonts import face

_MM = 72 / 25.4

# Streams stay binary: base 85 makes a file a quarter larger and takes a fifth of the drawing time.
rl_config.useA85 = 0

# reportlab reads the font file through one cursor per font when it writes the subsets: one document at a time.
_saving = threading.Lock()

_colour = lru_cache(HexColor)


class PdfBook:
    """A PDF that grows page by page; the same pages give the same bytes.

    `title`, `language` (like "vi") and `author` are those of the whole document. Pages wait in memory until `finish`:
    a page with a QR symbol takes under 30 kB, so 600 of them take some 16 MB.
    """

    def __init__(self, title: str, *, language: str, author: str) -> None:
        self._out = io.BytesIO()
        self._canvas = Canvas(self._out, pageCompression=1, invariant=1, lang=language)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setCreator(author)
        self._canvas.setProducer(author)
        self._canvas.setViewerPreference("DisplayDocTitle", "true")

    def add_page(self, drawing: Drawing) -> None:
        """One drawing as a page of its own size."""
        self.add_sheet(drawing.width, drawing.height, [(0, 0, drawing)], marks=())

    def add_sheet(
        self, width: float, height: float, placed: Iterable[tuple[float, float, Drawing]], marks: Iterable[Box]
    ) -> None:
        """A page of `width` by `height` mm with drawings at (x, y) mm from its top left, then `marks` in black."""
        canvas = self._canvas
        canvas.setPageSize((width * _MM, height * _MM))
        canvas.saveState()
        canvas.scale(_MM, _MM)
        for x, y, drawing in placed:
            canvas.saveState()
            canvas.translate(x, height - y - drawing.height)
            for shape in drawing.shapes:
                _paint(canvas, shape, drawing.height)
            canvas.restoreState()
        for mark in marks:
            _paint(canvas, Panel(mark, "#000000"), height)
        canvas.restoreState()
        canvas.showPage()

    def finish(self) -> bytes:
        """The whole document."""
        with _saving:
            self._canvas.save()
        return self._out.getvalue()


def _paint(canvas: Canvas, shape: Shape, page_height: float) -> None:
    if isinstance(shape, Panel):
        _panel(canvas, shape, page_height)
    elif isinstance(shape, Text):
        _text(canvas, shape, page_height)
    else:
        _symbol(canvas, shape, page_height)


def _panel(canvas: Canvas, panel: Panel, page_height: float) -> None:
    box = panel.box
    canvas.setFillColor(_colour(panel.colour))
    lower = page_height - box.bottom
    if panel.radius:
        canvas.roundRect(box.x, lower, box.width, box.height, panel.radius, stroke=0, fill=1)
    else:
        canvas.rect(box.x, lower, box.width, box.height, stroke=0, fill=1)


def _text(canvas: Canvas, text: Text, page_height: float) -> None:
    face(text.weight)
    canvas.setFillColor(_colour(text.colour))
    canvas.setFont(text.weight.pdf_name, text.size)
    space = text.tracking * text.size
    if not text.turn:
        canvas.drawString(text.x, page_height - text.y, text.text, charSpace=space)
        return
    canvas.saveState()
    canvas.translate(text.x, page_height - text.y)
    canvas.rotate(-text.turn)
    canvas.drawString(0, 0, text.text, charSpace=space)
    canvas.restoreState()


def _symbol(canvas: Canvas, mark: SymbolMark, page_height: float) -> None:
    """One path in modules: the scale puts every edge on the same grid.

    Written as PDF operators, for reportlab spends more time on formatting its whole numbers than on all the rest.
    """
    canvas.saveState()
    canvas.translate(mark.box.x, page_height - mark.box.y)
    canvas.scale(mark.module, -mark.module)
    canvas.setFillColor(_colour("#000000"))
    rectangles = (f"{x} {y} {run} 1 re" for x, y, run in mark.symbol.dark_runs())
    canvas.addLiteral(" ".join(rectangles) + " f")
    canvas.restoreState()
