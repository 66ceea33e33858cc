"""Numbers of stalls and accounts, codes of markets: what their patterns describe is taken and kept in one form."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.markets import market_code
from vendors.stalls import account_number, stall_number

FACES = (stall_number, account_number, market_code)


@pytest.mark.parametrize("number", FACES, ids=lambda one: one.__name__)
@given(data=st.data())
def test_what_is_described_is_taken_and_kept_in_one_form(number: ModuleType, data: st.DataObject) -> None:
    typed = data.draw(st.from_regex(number.PATTERN.replace("$", r"\Z")))
    kept = number.validate(typed)
    assert number.is_valid(typed)
    assert number.compact(kept) == number.validate(kept) == kept == number.compact(typed)


@pytest.mark.parametrize(
    ("number", "typed"),
    [
        (stall_number, "A-12"),
        (stall_number, "A01234567"),
        (stall_number, "Đ12"),
        (account_number, "123"),
        (account_number, "1" * 20),
        (account_number, "0071/0009"),
        (market_code, "DX1"),
        (market_code, "ĐX01"),
    ],
)
def test_anything_else_is_refused(number: ModuleType, typed: str) -> None:
    assert not number.is_valid(typed)
    with pytest.raises(ValueError, match=typed):
        number.validate(typed)
