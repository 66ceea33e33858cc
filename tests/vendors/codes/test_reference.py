from __future__ import annotations

import string
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from vendors.codes.reference import ALPHABET, BODY_LENGTH, LENGTH, PREFIX, find_references, is_valid, with_check

bodies = st.text(ALPHABET, min_size=BODY_LENGTH, max_size=BODY_LENGTH)
references = bodies.map(lambda body: with_check(PREFIX + body))
#: What banks put around a transfer's text; without letters and figures, which could join the reference.
around = st.text(" .-/_:;,*#", max_size=20)


@given(references)
def test_a_reference_fits_and_is_recognised(reference: str) -> None:
    assert len(reference) == LENGTH <= 12
    assert is_valid(reference)


@given(around, references, around, st.booleans())
def test_it_is_found_in_a_banks_text_in_any_case(before: str, reference: str, after: str, small: bool) -> None:
    written = reference.lower() if small else reference
    assert find_references(f"MBVCB 123{before}{written}{after}tiền rau") == [reference]


@given(references, st.data())
def test_it_is_found_with_spaces_lost_or_put_in(reference: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, LENGTH - 1))
    assert find_references(f"CK {reference[:at]} {reference[at:]} cam on") == [reference]
    assert find_references(f"CK{reference}camon") == [reference]


@given(references, st.integers(len(PREFIX), LENGTH - 1), st.sampled_from(string.digits + string.ascii_uppercase))
def test_one_wrong_character_is_noticed(reference: str, at: int, wrong: str) -> None:
    written = reference[:at] + wrong + reference[at + 1 :]
    assert is_valid(written) == (written == reference)


def test_nearly_every_swap_of_neighbours_is_noticed() -> None:
    # ISO 7064's hybrid systems let a few pairs through; they say so.
    random = Random(1)
    slips = found = 0
    for _ in range(500):
        reference = with_check(PREFIX + "".join(random.choices(ALPHABET, k=BODY_LENGTH)))
        for at in range(len(PREFIX), LENGTH - 1):
            written = reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]
            slips += written != reference
            found += written != reference and not is_valid(written)
    assert found / slips > 0.99


@given(references, references)
def test_two_in_one_text_are_both_found_once(first: str, second: str) -> None:
    assert find_references(f"{first} {second} {first}") == list(dict.fromkeys([first, second]))


def test_text_without_one_gives_nothing() -> None:
    assert find_references("chuyen tien rau muong") == []
    assert find_references("") == []


def test_no_letter_that_is_taken_for_another_is_used() -> None:
    assert not set("ILOU") & set(ALPHABET)
