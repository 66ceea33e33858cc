"""The painters draw any page: here one that is no card."""

import io
from xml.etree import ElementTree as ET

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

from core.paper.drawing import Box, Drawing, Panel, SymbolMark
from core.paper.errors import CannotBeDrawn
from core.paper.fitting import Style, set_text
from core.paper.fonts import Weight
from core.paper.pdf import PdfBook
from core.paper.png import DPI_MAX, DPI_MIN, paint_png
from core.paper.svg import paint_svg
from core.paper.symbol import encode

WORDS = "Report of May & June"
PAGE = Drawing(
    80,
    60,
    "Monthly <report>",
    "en",
    (
        Panel(Box(0, 0, 80, 60), "#FFFFFF"),
        *set_text(WORDS, Box(2, 2, 76, 10), Style(Weight.SEMIBOLD, 6, 3, "#172033")),
        SymbolMark(Box(20, 18, 36, 36), encode("https://cho40.example/reports/2026-05")),
    ),
)


def pdf_of(drawing: Drawing) -> bytes:
    book = PdfBook(drawing.title, language=drawing.language, author="A commune's office")
    book.add_page(drawing)
    return book.finish()


def read(image: Image.Image) -> str:
    (code,) = zxingcpp.read_barcodes(image.convert("RGB"), formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def test_a_pdf_carries_the_title_the_author_and_the_language_that_it_is_given() -> None:
    content = pdf_of(PAGE)
    document = pdfium.PdfDocument(content)
    told = document.get_metadata_dict()
    assert (told["Title"], told["Author"]) == ("Monthly <report>", "A commune's office")
    assert b"/Lang (en)" in content
    assert document[0].get_textpage().get_text_range().strip() == WORDS
    assert read(document[0].render(scale=3).to_pil()) == "https://cho40.example/reports/2026-05"


def test_an_svg_carries_the_title_the_language_and_the_words_of_its_drawing() -> None:
    root = ET.fromstring(paint_svg(PAGE))
    title, desc = (root.find(f"{{http://www.w3.org/2000/svg}}{name}") for name in ("title", "desc"))
    assert title is not None
    assert desc is not None
    assert (title.text, desc.text) == ("Monthly <report>", WORDS)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_a_png_has_the_resolution_that_is_asked_for() -> None:
    image = Image.open(io.BytesIO(paint_png(PAGE, 150)))
    assert image.size == (round(80 * 150 / 25.4), round(60 * 150 / 25.4))
    assert read(image) == "https://cho40.example/reports/2026-05"


@pytest.mark.parametrize("dpi", [DPI_MIN - 1, DPI_MAX + 1])
def test_a_resolution_out_of_range_is_refused(dpi: int) -> None:
    with pytest.raises(CannotBeDrawn, match="dpi"):
        paint_png(PAGE, dpi)


@pytest.mark.parametrize("dpi", [DPI_MIN, DPI_MAX])
def test_a_resolution_at_its_limit_is_drawn(dpi: int) -> None:
    assert paint_png(PAGE, dpi)
