"""Amounts in three figures."""

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from adoption.indicators.labels import short_vnd
from core.web import i18n

CARRIES = [10**digits * unit for unit in (10**6, 10**9) for digits in range(4)]


@pytest.fixture(scope="module")
def vietnamese() -> Iterator[None]:
    """Vietnamese from the catalogue alone; no database."""
    app = Flask(__name__)
    i18n.init_app(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("amount_vnd", "written"),
    [
        (0, "0 ₫"),
        (999_999, "999.999 ₫"),
        (1_000_000, "1,00 triệu ₫"),
        (1_234_567, "1,23 triệu ₫"),
        (9_994_999, "9,99 triệu ₫"),
        (9_995_000, "10,0 triệu ₫"),
        (99_949_999, "99,9 triệu ₫"),
        (99_950_000, "100 triệu ₫"),
        (999_499_999, "999 triệu ₫"),
        (999_500_000, "1,00 tỷ ₫"),
        (3_125_000_000, "3,13 tỷ ₫"),
        (9_995_000_000, "10,0 tỷ ₫"),
        (999_500_000_000, "1.000 tỷ ₫"),
    ],
)
def test_long_amounts_have_three_figures_and_the_unit_of_what_they_round_to(vietnamese, amount_vnd, written):
    assert short_vnd(amount_vnd).replace("\u00a0", " ") == written


def worth_vnd(written: str) -> float:
    number, word = written.replace("\u00a0", " ").split(" ")[:2]
    unit = {"triệu": 10**6, "tỷ": 10**9, "₫": 1}[word]
    return float(number.replace(".", "").replace(",", ".")) * unit


amounts = st.integers(10**6, 10**12 - 500_000_001) | st.builds(
    lambda carry, off: max(10**6, carry + off), st.sampled_from(CARRIES[:-1]), st.integers(-(10**7), 10**7)
)


@given(amounts)
def test_a_long_amount_has_three_figures_and_is_off_by_half_of_the_last_at_most(vietnamese, amount_vnd):
    written = short_vnd(amount_vnd)
    figures = [letter for letter in written if letter.isdigit()]
    assert len(figures) == 3
    assert figures[0] != "0"
    assert abs(worth_vnd(written) - amount_vnd) <= 0.5 * 10 ** (len(str(amount_vnd)) - 3)


@given(st.sampled_from(CARRIES), st.integers(-(10**7), 10**7))
def test_more_is_never_written_as_less(vietnamese, carry, off):
    below = max(10**6, carry + off)
    assert worth_vnd(short_vnd(below)) <= worth_vnd(short_vnd(below + 1))
