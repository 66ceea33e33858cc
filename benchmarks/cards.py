"""How fast cards are drawn, and whether the fixed mask costs any readability.

Run it as: python benchmarks/cards.py

Times are processor time, so that a busy machine disturbs them less; ratios come from one run.
"""

import argparse
import binascii
import io
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeAlias

import qrcode
import zxingcpp
from PIL import Image, ImageChops, ImageFilter
from qrcode import util
from qrcode.constants import ERROR_CORRECT_Q

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.paper.symbol import MASK, NUMERIC_RUN_MIN_CHARS, encode
from vendors.printing.draw import draw_many_pdf, draw_pdf, draw_png, draw_svg
from vendors.printing.facts import CardFacts, CardSize

Modules: TypeAlias = list[list[bool | None]]

ALL_MASKS = range(8)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Dots per module, blur in modules, noise in grey levels: from easily read to rarely.
CONDITIONS = ((3.3, 0.30, 12), (3.4, 0.34, 14), (3.5, 0.36, 16), (3.6, 0.40, 16), (3.8, 0.42, 18), (4.0, 0.44, 18))
TILT_DEGREES = 25
FINE = 8
LIGHT, DARK = 225, 30


def payload(number: int) -> str:
    """A static code as this project writes it: a virtual account and a reference."""
    pick = random.Random(number)
    account = "V" + "".join(pick.choices("0123456789", k=14))
    reference = "C4" + "".join(pick.choices(LETTERS, k=8))
    bank = _object("00", "970499") + _object("01", account)
    template = _object("00", "A000000727") + _object("01", bank) + _object("02", "QRIBFTTA")
    body = "000201010211" + _object("38", template) + "53037045802VN" + _object("62", _object("08", reference)) + "6304"
    return body + format(binascii.crc_hqx(body.encode(), 0xFFFF), "04X")


def _object(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"


def facts_of(number: int) -> CardFacts:
    """A card of a demo stall; every second one says so."""
    return CardFacts(
        stall_code=f"DX01-A{number:03}",
        stall_number=f"A{number:03}",
        market_name="Chợ Đồng Xoài",
        holder_name="TRAN THI MAU",
        bank_name="Ngân hàng mô phỏng",
        account_number="V97049912345678",
        payload=payload(number),
        check_url=f"https://cho40.example/s/DX01-A{number:03}",
        version=1,
        issued_on=date(2026, 11, 23),
        demo=number % 2 == 1,
    )


def per_second(draw: Callable[[CardFacts], object], cards: list[CardFacts]) -> float:
    """Cards drawn in a second of processor time, symbols included."""
    draw(cards[0])
    encode.cache_clear()
    began = time.process_time()
    for card in cards:
        draw(card)
    return len(cards) / (time.process_time() - began)


def report_formats(cards: list[CardFacts]) -> None:
    """Cards a second for each format and size."""
    print("\ncards a second    " + "".join(f"{size.value:>9}" for size in CardSize))
    formats: dict[str, Callable[..., object]] = {
        "SVG": draw_svg,
        "PDF, one a file": draw_pdf,
        "PNG, 100 dpi": partial(draw_png, dpi=100),
        "PNG, 300 dpi": draw_png,
    }
    for name, draw in formats.items():
        some = cards[:20] if "PNG" in name else cards[:60]
        rates = [per_second(partial(draw, size=size), some) for size in CardSize]
        print(f"{name:18}" + "".join(f"{rate:9.0f}" for rate in rates))


def report_market(stalls: int) -> None:
    """Time, size and memory of a whole market in one PDF."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    pdf = draw_many_pdf((facts_of(number % 1000) for number in range(stalls)), CardSize.A6, title="Chợ")
    took = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"one PDF of {stalls} A6 cards: {took:.2f} s, {stalls / took:.0f} cards/s, {len(pdf) / 1e6:.1f} MB", end="")
    print(f", memory grown by {grown:.0f} MB")


def report_reading(cards: list[CardFacts]) -> None:
    """Every card read back from a coarse picture, real and demo."""
    missed = 0
    for card in cards:
        picture = Image.open(io.BytesIO(draw_png(card, CardSize.A6, 100)))
        missed += [code.text for code in zxingcpp.read_barcodes(picture)] != [card.payload]
    print(f"\n{len(cards)} cards at 100 dpi: {missed} not read back")


def report_masks(symbols: int, repeats: int) -> None:
    """Time of a fixed mask against qrcode's search, and how often each mask is read under the same damage."""
    payloads = [payload(number) for number in range(symbols)]
    fixed_s, searched_s = (_encoding_time(payloads[:40], mask) for mask in (MASK, None))
    print(f"\nsymbol: fixed mask {fixed_s * 1e3:.1f} ms, search {searched_s * 1e3:.1f} ms", end="")
    print(f", ratio {searched_s / fixed_s:.1f}")
    read = dict.fromkeys((*map(str, ALL_MASKS), "search", "lowest penalty"), 0)
    penalty = dict.fromkeys(read, 0)
    for text in payloads:
        drawn = {str(mask): _modules(text, mask) for mask in ALL_MASKS} | {"search": _modules(text, None)}
        drawn["lowest penalty"] = min((drawn[str(mask)] for mask in ALL_MASKS), key=util.lost_point)
        for name, modules in drawn.items():
            penalty[name] += util.lost_point(modules)
            read[name] += sum(
                _is_read(modules, text, f"{text} {repeat} {condition}", *condition)
                for repeat in range(repeats)
                for condition in CONDITIONS
            )
    tried = symbols * repeats * len(CONDITIONS)
    print(f"read of {tried} damaged pictures each (mask {MASK} is ours):")
    for name, hits in read.items():
        print(f"  {name:15} {hits / tried:6.1%}   mean penalty {penalty[name] / symbols:6.0f}")


def _encoding_time(payloads: list[str], mask: int | None) -> float:
    began = time.process_time()
    for text in payloads:
        _modules(text, mask)
    return (time.process_time() - began) / len(payloads)


def _modules(text: str, mask: int | None) -> Modules:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=mask)
    code.add_data(text, optimize=NUMERIC_RUN_MIN_CHARS)
    code.make()
    return [[bool(dark) for dark in row] for row in code.modules]


def _is_read(modules: Modules, text: str, seed: str, *damage: float) -> bool:
    """Whether a tilted, blurred, small and noisy picture still gives the payload; each seed is one damage."""
    pick = random.Random(seed)
    dots, blur, noise = damage
    side = len(modules)
    image = Image.new("L", (side + 12, side + 12), LIGHT)
    symbol = Image.new("L", (side, side))
    symbol.putdata([DARK if dark else LIGHT for row in modules for dark in row])
    image.paste(symbol, (6, 6))
    image = image.resize((image.width * FINE, image.height * FINE), Image.Resampling.NEAREST)
    tilt = pick.uniform(-TILT_DEGREES, TILT_DEGREES)
    image = image.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor=LIGHT)
    image = image.filter(ImageFilter.GaussianBlur(blur * FINE))
    image = image.resize((round(image.width * dots / FINE), round(image.height * dots / FINE)), Image.Resampling.BOX)
    found = zxingcpp.read_barcodes(
        _grained(image, pick, noise), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return any(code.text == text for code in found)


def _grained(image: Image.Image, pick: random.Random, deviation: float) -> Image.Image:
    """The image under uniform noise of the given standard deviation in grey levels."""
    grain = Image.frombytes("L", image.size, pick.randbytes(image.width * image.height))
    uniform_deviation = 256 / 12**0.5
    grain = grain.point([round(128 + (level - 127.5) * deviation / uniform_deviation) for level in range(256)])
    return ImageChops.add(image, grain, scale=1, offset=-128)


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=60, help="payloads in the comparison of masks")
    parser.add_argument("--repeats", type=int, default=2, help="damages per payload and condition")
    parser.add_argument("--stalls", type=int, default=600, help="cards in the market's PDF")
    given = parser.parse_args()
    cards = [facts_of(number) for number in range(200)]
    report_market(given.stalls)
    report_formats(cards)
    report_reading(cards)
    report_masks(given.symbols, given.repeats)


if __name__ == "__main__":
    main()
