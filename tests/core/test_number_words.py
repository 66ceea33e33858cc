from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import NO_BREAK_SPACE, format_vnd
from core.number_words import FIGURES, GROUP, LARGEST, amount_words, number_words

ROWS = list(csv.DictReader((Path(__file__).parent / "data" / "number_words_vi.csv").open(encoding="utf-8")))
#: The list drops the empty group, and 1.000.500 is then heard as 1.500.000; a confirmation says the group.
SAID_IN_FULL = {1_000_500: "một triệu không nghìn năm trăm đồng"}

VALUES = {word: value for value, word in enumerate(FIGURES)} | {"mốt": 1, "tư": 4, "lăm": 5}


def heard(words: str) -> int:
    """What a listener makes of the words: figures, tens and hundreds within a group, a unit closes the group."""
    total = group = figure = 0
    for word in words.split():
        if word in VALUES:
            group, figure = group + figure, VALUES[word]
        elif word == "trăm":
            group, figure = group + figure * 100, 0
        elif word == "mươi":
            group, figure = group + figure * 10, 0
        elif word == "mười":
            group, figure = group + figure + 10, 0
        elif word in {"nghìn", "triệu", "tỷ"}:
            unit = {"nghìn": GROUP, "triệu": GROUP**2, "tỷ": GROUP**3}[word]
            total, group, figure = total + (group + figure) * unit, 0, 0
        else:
            assert word == "lẻ", word
    return total + group + figure


@pytest.mark.parametrize("row", ROWS, ids=[row["amount"] for row in ROWS])
def test_words_agree_with_the_list(row: dict[str, str]) -> None:
    amount_vnd = int(row["amount"])
    assert amount_words(amount_vnd) == SAID_IN_FULL.get(amount_vnd, row["words"])


def test_figures_agree_with_the_list() -> None:
    for row in ROWS:
        assert format_vnd(int(row["amount"])) == row["formatted"].replace(" ", NO_BREAK_SPACE)


def test_the_list_has_its_one_exception() -> None:
    assert len(ROWS) == 136
    assert [int(row["amount"]) for row in ROWS if int(row["amount"]) in SAID_IN_FULL] == [1_000_500]


@given(st.integers(0, LARGEST) | st.integers(0, 2_000_000))
def test_a_listener_hears_the_number_that_was_meant(number: int) -> None:
    assert heard(number_words(number)) == number


@given(st.integers(1, 999), st.integers(100, 999))
def test_an_empty_group_before_hundreds_is_said(millions: int, rest: int) -> None:
    assert "triệu không nghìn" in number_words(millions * GROUP**2 + rest)


@given(st.integers(1, 999), st.integers(0, 99))
def test_an_empty_group_that_nobody_would_miss_is_not_said(millions: int, rest: int) -> None:
    assert "không nghìn" not in number_words(millions * GROUP**2 + rest)


@pytest.mark.parametrize("number", [-1, LARGEST + 1])
def test_numbers_beyond_the_words_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="only"):
        number_words(number)
