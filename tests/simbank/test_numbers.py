"""The bank's own numbers."""

import random
import string

from hypothesis import given
from hypothesis import strategies as st

from simbank.limits import ACCOUNT_NUMBER_MAX
from simbank.numbers import NumberSource, is_virtual_account
from tests.simbank.cast import NOON


@given(st.integers())
def test_a_virtual_account_is_recognised_and_fits(seed):
    number = NumberSource(random.Random(seed)).virtual_account()

    assert is_virtual_account(number)
    assert len(number) <= ACCOUNT_NUMBER_MAX
    assert set(number) <= set(string.digits + string.ascii_uppercase)


@given(st.integers(), st.integers(4, 15), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(seed, position, shift):
    number = NumberSource(random.Random(seed)).virtual_account()
    wrong = str((int(number[position]) + shift) % 10)

    assert not is_virtual_account(number[:position] + wrong + number[position + 1 :])


@given(st.integers(), st.integers(4, 14))
def test_two_swapped_digits_are_noticed(seed, position):
    number = NumberSource(random.Random(seed)).virtual_account()
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]

    assert swapped == number or not is_virtual_account(swapped)


def test_a_seed_repeats_the_numbers():
    first, second = (NumberSource(random.Random(7)) for _ in range(2))

    assert first.bank_ref(NOON) == second.bank_ref(NOON)
    assert first.credit_id() == second.credit_id()


def test_a_bank_reference_begins_with_the_vietnamese_day():
    assert NumberSource(random.Random(1)).bank_ref(NOON).startswith("FT26327")
    assert len(NumberSource().bank_ref(NOON)) == 16
