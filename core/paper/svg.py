"""The SVG painter.

Type is drawn as outlines, so that the file looks the same wherever it is opened; what it says stands in its title and
description, for screen readers and for search.
"""

from xml.sax.saxutils import escape

from core.paper.drawing import Drawing, Panel, Shape, SymbolMark, Text
from core.paper.fonts import face


def paint_svg(drawing: Drawing) -> str:
    """The page as one SVG document whose user unit is a millimetre."""
    width, height = f"{drawing.width:g}", f"{drawing.height:g}"
    described = escape("\n".join(text.text for text in drawing.texts))
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{drawing.language}" role="img"'
        f' aria-labelledby="title" aria-describedby="desc"'
        f' width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">'
    )
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            opening,
            f'<title id="title">{escape(drawing.title)}</title>',
            f'<desc id="desc">{described}</desc>',
            *(_element(shape) for shape in drawing.shapes),
            "</svg>\n",
        )
    )


def _element(shape: Shape) -> str:
    if isinstance(shape, Panel):
        return _panel(shape)
    if isinstance(shape, Text):
        return _text(shape)
    return _symbol(shape)


def _panel(panel: Panel) -> str:
    box = panel.box
    rounded = f' rx="{_mm(panel.radius)}"' if panel.radius else ""
    return (
        f'<rect x="{_mm(box.x)}" y="{_mm(box.y)}" width="{_mm(box.width)}" height="{_mm(box.height)}"{rounded}'
        f' fill="{panel.colour}"/>'
    )


def _text(text: Text) -> str:
    font = face(text.weight)
    pen, tracked, pieces = 0.0, text.tracking * font.units_per_em, []
    for char in text.text:
        glyph = font.glyph(char)
        if glyph.path:
            pieces.append(f"M{round(pen, 1):g} 0{glyph.path}")
        pen += glyph.advance + tracked
    scale = text.size / font.units_per_em
    turn = f" rotate({text.turn})" if text.turn else ""
    placed = f"translate({_mm(text.x)} {_mm(text.y)}){turn} scale({scale:.6f} {-scale:.6f})"
    return f'<path fill="{text.colour}" transform="{placed}" d="{"".join(pieces)}"/>'


def _symbol(mark: SymbolMark) -> str:
    """One path in modules: the scale puts every edge on the same grid."""
    dark = "".join(f"M{x} {y}h{run}v1h-{run}z" for x, y, run in mark.symbol.dark_runs())
    placed = f"translate({_mm(mark.box.x)} {_mm(mark.box.y)}) scale({mark.module:.6f})"
    return f'<path id="symbol" fill="#000000" transform="{placed}" d="{dark}"/>'


def _mm(length: float) -> str:
    return f"{round(length, 3):g}"
