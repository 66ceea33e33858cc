"""A text is set into its box as large as it may be, and loses no letter."""

from core.paper.drawing import Box
from core.paper.fitting import Style, break_lines, set_text
from core.paper.fonts import Weight

STYLE = Style(Weight.REGULAR, size=10, floor=6, colour="#000000", max_lines=2)


def test_a_short_text_is_set_at_full_size():
    (line,) = set_text("Chợ", Box(0, 0, 100, 20), STYLE)
    assert line.size == 10


def test_a_longer_text_shrinks_before_it_breaks():
    (line,) = set_text("Chợ Đồng Xoài", Box(0, 0, 60, 20), STYLE)
    assert 6 <= line.size < 10


def test_a_text_breaks_once_a_line_would_pass_the_floor():
    lines = set_text("Chợ Đồng Xoài, Bình Phước", Box(0, 0, 60, 20), STYLE)
    assert [line.text for line in lines] == ["Chợ Đồng Xoài,", "Bình Phước"]


def test_a_single_word_is_cut_rather_than_clipped():
    assert break_lines("ABCDEF", 2, STYLE) == ("ABC", "DEF")


def test_no_letter_is_lost_below_the_floor():
    text = " ".join(["một hai ba bốn năm sáu bảy tám chín mười"] * 3)
    lines = set_text(text, Box(0, 0, 20, 5), STYLE)
    assert " ".join(line.text for line in lines) == text
    assert lines[0].size < 6


def test_decomposed_text_is_composed_before_it_is_set():
    (line,) = set_text("Cho\u031b\u0323", Box(0, 0, 100, 20), STYLE)
    assert line.text == "Chợ"


def test_a_character_that_the_font_lacks_shows_as_a_question_mark():
    (line,) = set_text("Chợ 市", Box(0, 0, 100, 20), STYLE)
    assert line.text == "Chợ ?"
