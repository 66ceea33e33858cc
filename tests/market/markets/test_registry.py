"""The shipped list of markets against the shipped areas."""

import re
from collections import Counter
from datetime import date

import pytest

from market.areas.registry import read_areas
from market.markets import market_code
from market.markets.registry import read_markets

OLD, NEW = date(2022, 10, 1), date(2025, 7, 1)
AREAS = {unit.key: unit for unit in read_areas()}


def test_there_are_31_markets_each_with_a_code_of_its_own():
    codes = [market.code for market in read_markets()]
    assert len(codes) == len(set(codes)) == 31
    assert all(market_code.validate(code) == code for code in codes)
    assert read_markets()[0].code == "DX01"
    assert read_markets()[0].name == "Chợ Đồng Xoài"


def test_the_letters_of_a_code_belong_to_one_district_and_its_numbers_have_no_gap():
    letters = {(market.code[:2], market.district) for market in read_markets()}
    assert len(letters) == len({pair[0] for pair in letters}) == len({pair[1] for pair in letters}) == 11
    for prefix, count in Counter(market.code[:2] for market in read_markets()).items():
        numbers = sorted(int(market.code[2:]) for market in read_markets() if market.code.startswith(prefix))
        assert numbers == list(range(1, count + 1))


@pytest.mark.parametrize("market", read_markets(), ids=lambda market: market.code)
def test_district_and_both_communes_of_a_market_agree(market):
    former = AREAS[market.former_commune, OLD]
    assert former.parent == (market.district, OLD)
    assert former.successors == ((market.commune, NEW),)


def test_what_is_not_sourced_says_so():
    for market in read_markets():
        assert market.evidence in {"press", "place_list", "unconfirmed"}
        assert all(re.match(r"https?://", source) for source in market.sources)
        assert bool(market.sources) or market.evidence != "press"
        assert market.stalls_reported is None or market.evidence == "press"
