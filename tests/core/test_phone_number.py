"""Phone numbers, one way for registering a vendor and for signing in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import phone_number
from core.users import usernames

mobile = st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True)
landline = st.from_regex(r"02[0-9]{9}", fullmatch=True)
numbers = mobile | landline
between = st.sampled_from(["", " ", ".", "-", " (", ") "])


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and one of the ways to write it."""
    number = draw(numbers)
    start = draw(st.sampled_from(["0", "+84", "84", "0084", "+840", "0084 (0)"]))
    return number, start + "".join(draw(between) + figure for figure in number[1:]) + draw(between)


@given(written())
def test_every_way_to_write_a_number_is_kept_as_the_same_figures(both):
    number, typed = both
    assert phone_number.validate(typed) == number
    assert usernames.compact(typed) == number


@given(numbers)
def test_a_number_in_its_compact_form_stays_as_it_is(number):
    assert phone_number.compact(number) == number
    assert phone_number.is_valid(number)


@pytest.mark.parametrize("typed", ["0912 008 456", "0848 484 848", "0284 084 0840", "02 8484 8484 8"])
def test_figures_like_the_countrys_are_left_where_they_are_no_country(typed):
    assert phone_number.validate(typed) == typed.replace(" ", "")


@pytest.mark.parametrize(
    "typed", ["lan", "12345", "0003 123 456", "+85 903 123 456", "09031234567", "+84 0003 123 456", "\uff10903123456"]
)
def test_what_is_no_number_is_refused(typed):
    assert not phone_number.is_valid(typed)
    with pytest.raises(ValueError, match=re.escape(phone_number.compact(typed))):
        phone_number.validate(typed)


@given(st.from_regex(phone_number.PATTERN.replace("$", r"\Z")))
def test_what_is_described_is_taken(typed):
    assert phone_number.is_valid(typed)
