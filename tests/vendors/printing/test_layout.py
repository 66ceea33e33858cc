"""Every text stands on the page, beside every other, and away from the symbol: whatever the names."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.paper.drawing import Box, Drawing, Panel, SymbolMark
from core.paper.errors import CannotBeDrawn
from vendors.printing.facts import CardError, CardFacts, CardSize
from vendors.printing.layout import lay_out

# What office printers cannot reach, along every edge.
UNPRINTABLE_MM = 4.2

FACTS = CardFacts(
    stall_code="DX01-A012",
    stall_number="A012",
    market_name="Chợ Đồng Xoài",
    holder_name="TRAN THI MAU",
    bank_name="Ngân hàng mô phỏng",
    account_number="9704990000012",
    payload="00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F",
    check_url="https://cho40.example/s/DX01-A012",
    version=1,
    issued_on=date(2026, 11, 23),
    demo=False,
)
EVERY_CAPITAL = "ĂÂĐÊÔƠƯ ÀÁẢÃẠ ẰẮẲẴẶ ẦẤẨẪẬ ÈÉẺẼẸ ỀẾỂỄỆ ÌÍỈĨỊ ÒÓỎÕỌ ỒỐỔỖỘ ỜỚỞỠỢ ÙÚỦŨỤ ỪỨỬỮỰ ỲÝỶỸỴ"
LONG = replace(
    FACTS,
    stall_number="KB-WW123",
    market_name="Chợ Trung tâm thương mại dịch vụ tổng hợp phường Đồng Xoài",
    holder_name="CONG TY TNHH MOT THANH VIEN NGUYEN THI NGOC PHUONG BINH LONG",
    bank_name="Ngân hàng TMCP Đầu tư và Phát triển Việt Nam",
    account_number="V970499123456789012",
    check_url="https://thanhtoan.chodongxoai.dongnai.gov.vn/s/DX01-KB-WW123",
    version=128,
)
CASES = {
    "plain": FACTS,
    "long": LONG,
    "every capital": replace(FACTS, holder_name=EVERY_CAPITAL, market_name=f"Chợ {EVERY_CAPITAL}"),
    "one long word": replace(FACTS, holder_name="W" * 60, market_name="W" * 60, bank_name="W" * 60),
    "short": replace(FACTS, stall_number="1", holder_name="Ô", market_name="C", bank_name="B", account_number="1"),
}

every_size = pytest.mark.parametrize("size", list(CardSize))
every_case = pytest.mark.parametrize("facts", CASES.values(), ids=CASES.keys())
real_and_demo = pytest.mark.parametrize("demo", [False, True], ids=["real", "demo"])


def symbol_of(drawing: Drawing) -> SymbolMark:
    (mark,) = (shape for shape in drawing.shapes if isinstance(shape, SymbolMark))
    return mark


def overlap(one: Box, other: Box) -> bool:
    """Whether the two share area; boxes that only touch do not."""
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def assert_sound(drawing: Drawing) -> None:
    """What holds for every card: all on the page, no ink over other ink, nothing but white about the symbol."""
    page = Box(0, 0, drawing.width, drawing.height)
    printed = page.inset(UNPRINTABLE_MM)
    quiet = symbol_of(drawing).quiet_box
    boxes = [text.box for text in drawing.texts] + [quiet]
    for text in drawing.texts:
        assert printed.holds(text.box), text
    assert printed.holds(quiet)
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other), (one, other)
    for shape in drawing.shapes:
        if isinstance(shape, Panel):
            assert page.holds(shape.box), shape
            assert shape.colour == "#FFFFFF" or not overlap(shape.box, quiet.inset(1e-6)), shape


@every_size
@real_and_demo
@every_case
def test_nothing_is_clipped_or_overlaps(facts, size, demo):
    assert_sound(lay_out(replace(facts, demo=demo), size))


LETTERS = EVERY_CAPITAL + "ABCXYZ abcghyq'-."
names = st.text(alphabet=st.sampled_from(LETTERS), min_size=1, max_size=160).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(holder=names, market=names, bank=names, size=st.sampled_from(CardSize), demo=st.booleans())
def test_any_names_fit(holder, market, bank, size, demo):
    facts = replace(FACTS, holder_name=holder, market_name=market, bank_name=bank, demo=demo)
    assert_sound(lay_out(facts, size))


@every_size
@real_and_demo
def test_the_number_is_the_largest_word_and_the_name_comes_next(size, demo):
    drawing = lay_out(replace(FACTS, demo=demo), size)
    by_size = sorted((text for text in drawing.texts if not text.turn), key=lambda text: -text.size)
    own = [text.text for text in by_size if text.text not in {"BẢN MẪU · KHÔNG THANH TOÁN", "Chợ Đồng Xoài"}]
    assert own[:2] == ["A012", "TRAN THI MAU"]


@pytest.mark.parametrize(
    ("size", "least_mm"), [(CardSize.A6, 58), (CardSize.A5, 95), (CardSize.A4, 105)], ids=["a6", "a5", "a4"]
)
def test_the_symbol_is_as_large_as_the_place_asks(size, least_mm):
    mark = symbol_of(lay_out(FACTS, size))
    assert mark.box.width >= least_mm


def test_a_stall_card_carries_a_symbol_of_six_centimetres():
    for digits in (0, 30, 60):
        facts = replace(FACTS, payload=FACTS.payload + "7" * digits)
        assert symbol_of(lay_out(facts, CardSize.A6)).box.width == pytest.approx(60, abs=0.05)


@every_size
def test_the_words_stand_in_both_languages(size):
    said = " ".join(text.text for text in lay_out(FACTS, size).texts)
    for words in ("Quét bằng ứng dụng", "ngân hàng bất kỳ", "Scan with any banking app", "VietQR"):
        assert words in said
    for words in ("Ứng dụng phải hiện đúng tên này", "Your app must show this name", "Kiểm tra mã tại"):
        assert words in said
    for fact in ("A012", "Chợ Đồng Xoài", "TRAN THI MAU", "9704990000012", "cho40.example/s/DX01-A012", "23/11/2026"):
        assert fact in said
    assert "https" not in said


@every_size
def test_only_a_demo_card_says_that_nobody_pays_by_it(size):
    real = [text.text for text in lay_out(FACTS, size).texts]
    demo = [text.text for text in lay_out(replace(FACTS, demo=True), size).texts]
    for words in ("BẢN MẪU · KHÔNG THANH TOÁN", "SAMPLE · DO NOT PAY"):
        assert words in demo
        assert words not in real


@every_size
def test_a_demo_card_is_red_on_all_four_sides_of_the_symbol(size):
    drawing = lay_out(replace(FACTS, demo=True), size)
    quiet = symbol_of(drawing).quiet_box.inset(1e-6)
    red = [shape.box for shape in drawing.shapes if isinstance(shape, Panel) and shape.colour == "#B3261E"]
    assert any(box.right <= quiet.x for box in red)
    assert any(box.x >= quiet.right for box in red)
    assert any(box.bottom <= quiet.y for box in red)
    assert any(box.y >= quiet.bottom for box in red)


@pytest.mark.parametrize("field", ["stall_number", "holder_name", "payload"])
def test_an_empty_fact_is_refused(field):
    with pytest.raises(CardError, match=field):
        replace(FACTS, **{field: " "})


def test_limits_hold_at_the_limit_and_one_past_it():
    assert replace(FACTS, stall_number="12345678", holder_name="A" * 160)
    with pytest.raises(CardError, match="stall_number has 9 characters, more than 8"):
        replace(FACTS, stall_number="123456789")
    with pytest.raises(CardError, match="holder_name"):
        replace(FACTS, holder_name="A" * 161)


def test_a_payload_that_no_symbol_holds_is_refused():
    assert symbol_of(lay_out(replace(FACTS, payload="đ" * 512), CardSize.A6)).symbol.side > 100
    with pytest.raises(CannotBeDrawn, match="one symbol"):
        lay_out(replace(FACTS, payload="😀" * 512), CardSize.A6)
    with pytest.raises(CannotBeDrawn, match="one symbol"):
        lay_out(replace(FACTS, payload=FACTS.payload + "0" * 60), CardSize.A6)
