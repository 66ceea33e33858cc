"""Each file carries the payload to a scanner and the words to a reader, and is the same each time it is drawn."""

import io
import json
import math
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdfium2 as pdfium
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter

from core.paper.symbol import QUIET_ZONE_MODULES, encode
from vendors.printing.draw import draw_many_pdf, draw_pdf, draw_png, draw_svg
from vendors.printing.facts import CardError, CardFacts, CardSize
from vendors.printing.layout import lay_out

PAYLOAD = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
FACTS = CardFacts(
    stall_code="DX01-A012",
    stall_number="A012",
    market_name="Chợ Đồng Xoài",
    holder_name="TRẦN THỊ MẬU & CON",
    bank_name="Ngân hàng mô phỏng",
    account_number="V970499123456789012",
    payload=PAYLOAD,
    check_url="https://cho40.example/s/DX01-A012",
    version=3,
    issued_on=date(2026, 11, 23),
    demo=False,
)
DEMO = replace(FACTS, demo=True)
SVG = "{http://www.w3.org/2000/svg}"
MM_PER_INCH = 25.4

every_size = pytest.mark.parametrize("size", list(CardSize))
real_and_demo = pytest.mark.parametrize("facts", [FACTS, DEMO], ids=["real", "demo"])


def rendered(pdf: bytes, dpi: int, page: int = 0) -> Image.Image:
    return pdfium.PdfDocument(pdf)[page].render(scale=dpi / 72).to_pil().convert("RGB")


def read(image: Image.Image) -> str:
    (code,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def text_of(pdf: bytes, page: int = 0) -> str:
    extracted = pdfium.PdfDocument(pdf)[page].get_textpage().get_text_range()
    assert unicodedata.is_normalized("NFC", extracted)
    return " ".join(extracted.split())


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def symbol_pixels(image: Image.Image) -> tuple[int, int, int]:
    """Left, top and side of the symbol, by its pure black, which nothing else on a card has."""
    black = image.convert("L").point(lambda level: 255 if level == 0 else 0)
    left, top, right, bottom = black.getbbox()
    assert right - left == bottom - top
    return left, top, right - left


@every_size
@real_and_demo
def test_a_pdf_reads_back_at_every_resolution(facts, size):
    pdf = draw_pdf(facts, size)
    for dpi in (100, 150, 300):
        assert read(rendered(pdf, dpi)) == PAYLOAD


@every_size
@real_and_demo
@pytest.mark.parametrize("dpi", [96, 150, 300])
def test_a_png_reads_back(facts, size, dpi):
    assert read(opened(draw_png(facts, size, dpi))) == PAYLOAD


@real_and_demo
@pytest.mark.parametrize("degrees", [-30, -7, 4, 45])
def test_a_tilted_and_blurred_card_reads_back(facts, degrees):
    card = opened(draw_png(facts, CardSize.A6, 150))
    seen = card.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#7A6A55")
    assert read(seen.filter(ImageFilter.GaussianBlur(1.5))) == PAYLOAD


@every_size
@real_and_demo
def test_an_svg_holds_the_symbol_module_for_module(facts, size):
    root = ET.fromstring(draw_svg(facts, size))
    (path,) = (element for element in root.iter(f"{SVG}path") if element.get("id") == "symbol")
    symbol = encode(PAYLOAD)
    drawn = [[False] * symbol.side for _ in range(symbol.side)]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path.get("d"))
    assert "".join(f"M{x} {y}h{run}v1h-{run}z" for x, y, run in runs) == path.get("d")
    for x, y, run in runs:
        for column in range(int(x), int(x) + int(run)):
            drawn[int(y)][column] = True
    assert tuple(map(tuple, drawn)) == symbol.rows
    ground = [element.get("fill") for element in root.iter(f"{SVG}rect")]
    assert ("#B3261E" in ground) is facts.demo


digits = st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=6, max_size=19)


@settings(max_examples=8, deadline=None)
@given(account=digits, reference=digits, size=st.sampled_from(CardSize), demo=st.booleans())
def test_any_payload_reads_back_from_both_rasters(account, reference, size, demo):
    payload = f"{PAYLOAD[:40]}{len(account):02}{account}62{len(reference):02}{reference}6304ABCD"
    facts = replace(FACTS, payload=payload, demo=demo)
    assert read(rendered(draw_pdf(facts, size), 100)) == payload
    assert read(opened(draw_png(facts, size, 110))) == payload


@pytest.mark.parametrize("payload", ["https://cho40.example/s/DX01-A012?x=ạ", "A" * 300], ids=["mixed", "dense"])
def test_other_payloads_read_back_too(payload):
    facts = replace(FACTS, payload=payload)
    assert read(rendered(draw_pdf(facts, CardSize.A6), 200)) == payload


@every_size
@real_and_demo
@pytest.mark.parametrize("dpi", [96, 300])
def test_a_raster_has_whole_dots_per_module_and_a_white_quiet_zone(facts, size, dpi):
    image = opened(draw_png(facts, size, dpi))
    left, top, side = symbol_pixels(image)
    symbol = encode(PAYLOAD)
    dots, rest = divmod(side, symbol.side)
    assert rest == 0
    expected = Image.new("L", (symbol.side, symbol.side))
    expected.putdata([0 if dark else 255 for row in symbol.rows for dark in row])
    quiet = QUIET_ZONE_MODULES * dots
    around = image.crop((left - quiet, top - quiet, left + side + quiet, top + side + quiet)).convert("L")
    wanted = Image.new("L", around.size, 255)
    wanted.paste(expected.resize((side, side), Image.Resampling.NEAREST), (quiet, quiet))
    assert ImageChops.difference(around, wanted).getbbox() is None


@every_size
def test_the_printed_symbol_keeps_its_quiet_zone_white(size):
    dpi = 300
    image = rendered(draw_pdf(DEMO, size), dpi).convert("L")
    (mark,) = (shape for shape in lay_out(DEMO, size).shapes if hasattr(shape, "quiet_box"))
    box, outer = mark.box.inset(-0.2), mark.quiet_box.inset(0.2)
    for part in (
        (outer.x, outer.y, outer.right, box.y),
        (outer.x, box.bottom, outer.right, outer.bottom),
        (outer.x, outer.y, box.x, outer.bottom),
        (box.right, outer.y, outer.right, outer.bottom),
    ):
        strip = image.crop([round(edge * dpi / MM_PER_INCH) for edge in part])
        assert strip.getextrema() == (255, 255)


@every_size
def test_pages_have_their_exact_size(size):
    width, height = pdfium.PdfDocument(draw_pdf(FACTS, size))[0].get_size()
    assert (width * MM_PER_INCH / 72, height * MM_PER_INCH / 72) == pytest.approx((size.width_mm, size.height_mm))
    image = opened(draw_png(FACTS, size, 300))
    assert image.size == (round(size.width_mm * 300 / MM_PER_INCH), round(size.height_mm * 300 / MM_PER_INCH))
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    root = ET.fromstring(draw_svg(FACTS, size))
    assert root.get("width") == f"{size.width_mm}mm"
    assert root.get("viewBox") == f"0 0 {size.width_mm} {size.height_mm}"


@every_size
def test_the_text_of_a_pdf_can_be_selected(size):
    said = text_of(draw_pdf(FACTS, size))
    facts = ("A012", "Chợ Đồng Xoài", "TRẦN THỊ MẬU & CON", "V970499123456789012", "cho40.example/s/DX01-A012")
    for fact in (*facts, "Ngân hàng mô phỏng", "23/11/2026", "VietQR"):
        assert fact in said
    assert "KHÔNG THANH TOÁN" not in said
    assert "BẢN MẪU · KHÔNG THANH TOÁN" in text_of(draw_pdf(DEMO, size))


@every_size
def test_an_svg_says_what_it_shows(size):
    root = ET.fromstring(draw_svg(DEMO, size))
    assert root.find(f"{SVG}title").text == "Thẻ QR sạp DX01-A012"
    described = " ".join(root.find(f"{SVG}desc").text.split())
    for fact in ("A012", "TRẦN THỊ MẬU & CON", "BẢN MẪU · KHÔNG THANH TOÁN"):
        assert fact in described
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "vi"


def test_an_svg_needs_nothing_from_outside():
    svg = draw_svg(FACTS, CardSize.A6)
    assert re.findall(r"(?:href|url\(|@import|font-family|<text)", svg) == []
    assert set(re.findall(r"https?://[^\"]+", svg)) == {"http://www.w3.org/2000/svg"}


def test_a_pdf_says_what_it_is():
    document = pdfium.PdfDocument(draw_pdf(FACTS, CardSize.A6))
    assert document.get_metadata_dict()["Title"] == "Thẻ QR sạp DX01-A012"
    assert document.get_metadata_dict()["Author"] == "Chợ 4.0"
    assert b"/Lang (vi)" in draw_pdf(FACTS, CardSize.A6)


def test_the_three_painters_agree():
    """Ink by ink: the page of the PDF and the PNG differ by no more than the edges' smoothing."""
    facts = replace(DEMO, holder_name="NGUYỄN THỊ ẨN")
    painted = opened(draw_png(facts, CardSize.A5, 150)).convert("L")
    printed = rendered(draw_pdf(facts, CardSize.A5), 150).convert("L").resize(painted.size)
    (mark,) = (shape for shape in lay_out(facts, CardSize.A5).shapes if hasattr(shape, "quiet_box"))
    hole = [round(edge * 150 / MM_PER_INCH) for edge in (mark.box.x, mark.box.y, mark.box.right, mark.box.bottom)]
    for image in (painted, printed):
        image.paste(255, hole)
    difference = ImageChops.difference(
        painted.filter(ImageFilter.GaussianBlur(2)), printed.filter(ImageFilter.GaussianBlur(2))
    )
    assert difference.getextrema()[1] < 110
    histogram = difference.histogram()
    assert math.fsum(level * count for level, count in enumerate(histogram)) / sum(histogram) < 2


DRAW_ALL = """
import hashlib, json, sys
from datetime import date
from vendors.printing.draw import draw_many_pdf, draw_pdf, draw_png, draw_svg
from vendors.printing.facts import CardFacts, CardSize
given = json.loads(sys.argv[1])
facts = CardFacts(**{**given, "issued_on": date.fromisoformat(given["issued_on"])})
drawn = [draw_pdf(facts, CardSize.A6), draw_svg(facts, CardSize.A5).encode(), draw_png(facts, CardSize.A4, 72)]
drawn.append(draw_many_pdf([facts, facts], CardSize.A6, title="Chợ", sheet=True))
print([hashlib.sha256(one).hexdigest() for one in drawn])
"""


def test_the_same_facts_give_the_same_bytes_in_every_process():
    fields = {name: getattr(DEMO, name) for name in CardFacts.__slots__} | {"issued_on": "2026-11-23"}
    command = [sys.executable, "-c", DRAW_ALL, json.dumps(fields)]
    root = Path(__file__).parents[3]
    hashes = [
        subprocess.run(command, capture_output=True, check=True, cwd=root, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]
    assert hashes[0] == hashes[1]


def test_threads_do_not_disturb_each_other():
    cards = [of_stall(number) for number in range(12)]
    alone = [draw_pdf(card, CardSize.A6) for card in cards]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda card: draw_pdf(card, CardSize.A6), cards))
    assert together == alone


def of_stall(number: int) -> CardFacts:
    return replace(FACTS, stall_number=f"A{number:03}", payload=f"{PAYLOAD[:-4]}{number:04}")


def test_a_market_is_one_pdf_with_a_page_for_each_card_in_order():
    told = []
    cards = (of_stall(number) for number in range(5))
    pdf = draw_many_pdf(cards, CardSize.A6, title="Thẻ QR chợ Đồng Xoài", progress=told.append)
    document = pdfium.PdfDocument(pdf)
    assert document.get_metadata_dict()["Title"] == "Thẻ QR chợ Đồng Xoài"
    assert len(document) == 5
    assert told == [1, 2, 3, 4, 5]
    for number in range(5):
        assert f"A{number:03}" in text_of(pdf, number)
        assert read(rendered(pdf, 100, number)) == of_stall(number).payload


def test_a_sheet_holds_four_cards_on_upright_a4():
    pdf = draw_many_pdf(map(of_stall, range(5)), CardSize.A6, title="Chợ", sheet=True)
    document = pdfium.PdfDocument(pdf)
    assert len(document) == 2
    width, height = document[0].get_size()
    assert (width * MM_PER_INCH / 72, height * MM_PER_INCH / 72) == pytest.approx((210, 297))
    found = zxingcpp.read_barcodes(rendered(pdf, 110), formats=zxingcpp.BarcodeFormat.QRCode)
    by_place = sorted(found, key=lambda code: (code.position.top_left.y // 50, code.position.top_left.x))
    assert [code.text for code in by_place] == [of_stall(number).payload for number in range(4)]
    assert read(rendered(pdf, 110, 1)) == of_stall(4).payload


def test_a_sheet_is_marked_where_it_is_cut():
    image = rendered(draw_many_pdf([FACTS], CardSize.A6, title="Chợ", sheet=True), 300).convert("L")
    for x_mm, y_mm in ((105, 2), (105, 295), (2, 148.5), (208, 148.5), (105, 148.5)):
        assert image.getpixel((round(x_mm * 300 / MM_PER_INCH), round(y_mm * 300 / MM_PER_INCH))) < 128


def test_only_a6_goes_onto_a_sheet():
    with pytest.raises(CardError, match="only A6"):
        draw_many_pdf([FACTS], CardSize.A5, title="Chợ", sheet=True)


def test_a_file_without_cards_is_refused():
    with pytest.raises(CardError, match="no card"):
        draw_many_pdf([], CardSize.A6, title="Chợ")


def test_a_file_has_a_limit(monkeypatch):
    monkeypatch.setattr("vendors.printing.draw.MANY_MAX_CARDS", 2)
    assert draw_many_pdf([FACTS] * 2, CardSize.A6, title="Chợ")
    with pytest.raises(CardError, match="more than 2 cards"):
        draw_many_pdf([FACTS] * 3, CardSize.A6, title="Chợ")
