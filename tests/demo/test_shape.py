"""The stalls of the demo's markets: each has a number of its own, however many a market has."""

from __future__ import annotations

import random

import pytest
from flask import Flask

from core import phone_number
from demo.people import VENDORS_MAX, sample_vendor
from demo.shape import stall_number
from vendors.stalls import stall_number as painted


def test_no_two_stalls_of_a_market_share_their_number() -> None:
    made = [stall_number(n) for n in range(1, VENDORS_MAX + 1)]
    assert len(set(made)) == VENDORS_MAX
    assert [painted.validate(number) for number in made] == made


def test_the_last_of_the_invented_vendors_has_a_phone_like_the_others() -> None:
    for serial in (1, VENDORS_MAX):
        number = sample_vendor(random.Random(1), serial).phone
        assert phone_number.validate(number) == number


@pytest.mark.parametrize(
    "options", [("--stalls", str(VENDORS_MAX + 1)), ("--stalls", "0"), ("--markets", "0"), ("--days", "0")]
)
def test_more_or_fewer_than_can_be_made_up_are_refused(app: Flask, options: tuple[str, str]) -> None:
    answer = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert answer.exit_code == 2
    assert options[0] in answer.stderr
