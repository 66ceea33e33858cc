"""Cards as files: one card as PDF, SVG or PNG, and the cards of a whole market as one PDF."""

from collections.abc import Callable, Iterable
from itertools import islice

from core.paper.drawing import Box, Drawing
from core.paper.pdf import PdfBook
from core.paper.png import paint_png
from core.paper.svg import paint_svg
from vendors.printing import labels
from vendors.printing.facts import CardError, CardFacts, CardSize
from vendors.printing.layout import lay_out

MANY_MAX_CARDS = 5_000

_SHEET_MM = (210.0, 297.0)
_CARDS_PER_SHEET = 4
_MARK_MM = 4.0
_MARK_WIDTH_MM = 0.2


def draw_pdf(facts: CardFacts, size: CardSize) -> bytes:
    """One card as a PDF page of its size. The same facts give the same bytes, here and below."""
    drawing = lay_out(facts, size)
    book = _book(drawing.title)
    book.add_page(drawing)
    return book.finish()


def draw_svg(facts: CardFacts, size: CardSize) -> str:
    """One card as an SVG document without any outside resource."""
    return paint_svg(lay_out(facts, size))


def draw_png(facts: CardFacts, size: CardSize, dpi: int = 300) -> bytes:
    """One card as a PNG; 96 dpi suits a screen, 300 dpi paper."""
    return paint_png(lay_out(facts, size), dpi)


def draw_many_pdf(
    cards: Iterable[CardFacts],
    size: CardSize,
    *,
    title: str,
    sheet: bool = False,
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """Many cards as one PDF, in the order given: a page each, or as a `sheet` four A6 cards on A4 with crop marks.

    `progress` is called after every card with the number done so far. Refuses an empty or an over-long list, and a
    sheet of anything but A6.
    """
    if sheet and size is not CardSize.A6:
        raise CardError("only A6 cards go four to a sheet")
    book = _book(title)
    done, per_page = 0, _CARDS_PER_SHEET if sheet else 1
    waiting = iter(cards)
    while batch := list(islice(waiting, per_page)):
        drawings = []
        for facts in batch:
            drawings.append(lay_out(facts, size))
            done += 1
            if done > MANY_MAX_CARDS:
                message = f"more than {MANY_MAX_CARDS} cards in one file"
                raise CardError(message)
            if progress is not None:
                progress(done)
        if sheet:
            _add_sheet(book, drawings)
        else:
            book.add_page(drawings[0])
    if not done:
        raise CardError("there is no card to print")
    return book.finish()


def _book(title: str) -> PdfBook:
    return PdfBook(title, language=labels.LANGUAGE, author=labels.AUTHOR)


def _add_sheet(book: PdfBook, drawings: list[Drawing]) -> None:
    """Four cards in reading order, edge to edge, so that two cuts and the marks at their ends part them."""
    width, height = _SHEET_MM
    top = (height - 2 * drawings[0].height) / 2
    placed = [
        ((number % 2) * drawing.width, top + (number // 2) * drawing.height, drawing)
        for number, drawing in enumerate(drawings)
    ]
    book.add_sheet(width, height, placed, marks=_crop_marks(width, height))


def _crop_marks(width: float, height: float) -> list[Box]:
    """Ticks at the ends of both cuts, as deep as a card's margin, and a cross where the cuts meet."""
    half = _MARK_WIDTH_MM / 2
    across, down = width / 2 - half, height / 2 - half
    return [
        Box(across, 0, _MARK_WIDTH_MM, _MARK_MM),
        Box(across, height - _MARK_MM, _MARK_WIDTH_MM, _MARK_MM),
        Box(0, down, _MARK_MM, _MARK_WIDTH_MM),
        Box(width - _MARK_MM, down, _MARK_MM, _MARK_WIDTH_MM),
        Box(across, height / 2 - _MARK_MM, _MARK_WIDTH_MM, 2 * _MARK_MM),
        Box(width / 2 - _MARK_MM, down, 2 * _MARK_MM, _MARK_WIDTH_MM),
    ]
