# ruff: noqa: RUF001 -- characters that look like others are what is tested
"""Folding Vietnamese text into capitals without diacritics."""

import re
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietqr import fold

LOWER = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
PLAIN = "A" * 18 + "E" * 12 + "I" * 6 + "O" * 18 + "U" * 12 + "Y" * 6 + "D"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("letters", [LOWER, LOWER.upper()], ids=["lower", "upper"])
def test_every_vietnamese_letter(letters: str, form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, letters)
    assert fold(text) == PLAIN


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đồng Xoài", "DONG XOAI"),
        ("\u00d0ỗ Văn \u0189ức", "DO VAN DUC"),
        ("Cô Ba – rau sạch!", "CO BA RAU SACH"),
        ("50.000₫", "50000"),
        ("a\tb\u00a0c\r\nd", "A B C D"),
        ("  hai   khoảng  ", "HAI KHOANG"),
        ("- rau -", "RAU"),
        ("𝐑𝐚𝐮 ｍｕố𝐧𝐠", "RAU MUONG"),
        ("½ kg", "1 2 KG"),
        ("ß ŉ ı", "SS N I"),
        ("北京", ""),
        ("", ""),
        ("\ud800\udcff", ""),
        ("०१²", "2"),
    ],
)
def test_other_text(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(("max_length", "cut"), [(8, "RAU MUON"), (4, "RAU"), (3, "RAU"), (0, ""), (99, "RAU MUONG")])
def test_cuts_without_leaving_a_space(max_length: int, cut: str) -> None:
    assert fold("Rau muống", max_length) == cut


def test_refuses_a_negative_length() -> None:
    with pytest.raises(ValueError, match="negative"):
        fold("rau", -1)


@given(st.text(), st.none() | st.integers(0, 30))
def test_any_text_comes_out_clean_and_stays(text: str, max_length: int | None) -> None:
    folded = fold(text, max_length)
    assert re.fullmatch("([A-Z0-9]+( [A-Z0-9]+)*)?", folded)
    assert max_length is None or len(folded) <= max_length
    assert fold(folded, max_length) == folded


@given(st.text())
def test_a_cut_is_the_beginning_of_the_whole(text: str) -> None:
    assert fold(text).startswith(fold(text, 7))
