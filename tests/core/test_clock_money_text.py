"""Time, money, text and searching: the small modules that everything stands on."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from core import clock
from core.money import AMOUNT_MAX_VND, format_vnd
from core.search import index_words, page, rank
from core.text import search_key, tidy

days = st.dates(min_value=date(1980, 1, 1), max_value=date(2200, 1, 1))
moments = st.builds(datetime.combine, days, st.times(), st.just(UTC))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-22T16:59:59.999999+00:00", date(2026, 11, 22)),
        ("2026-11-22T17:00:00+00:00", date(2026, 11, 23)),
        ("2026-11-23T00:00:00+07:00", date(2026, 11, 23)),
        ("2026-12-31T18:00:00+00:00", date(2027, 1, 1)),
    ],
)
def test_a_market_day_begins_at_midnight_in_vietnam(moment, day):
    assert clock.market_day(datetime.fromisoformat(moment)) == day


@given(moments)
def test_a_moment_lies_within_its_market_day(moment):
    day = clock.market_day(moment)
    assert clock.day_start(day) <= moment < clock.day_end(day)


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_the_zone_that_a_moment_is_written_in_does_not_move_its_day(moment, minutes):
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert clock.market_day(elsewhere) == clock.market_day(moment)


@given(days)
def test_days_follow_each_other_without_gap_and_last_24_hours(day):
    assert clock.day_end(day) == clock.day_start(day + timedelta(days=1))
    assert clock.day_end(day) - clock.day_start(day) == timedelta(hours=24)
    assert clock.day_start(day).tzinfo is UTC


def test_now_is_aware_and_today_is_vietnams():
    with time_machine.travel(datetime(2026, 11, 22, 17, 0, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
        assert clock.today() == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("amount_vnd", "written"),
    [
        (0, "0\u00a0₫"),
        (999, "999\u00a0₫"),
        (1000, "1.000\u00a0₫"),
        (1_234_567, "1.234.567\u00a0₫"),
        (-50_000, "-50.000\u00a0₫"),
        (AMOUNT_MAX_VND, "499.999.999\u00a0₫"),
    ],
)
def test_amounts_are_written_as_vietnam_writes_them(amount_vnd, written):
    assert format_vnd(amount_vnd) == written


@given(st.integers(-(10**15), 10**15))
def test_no_digit_of_an_amount_is_lost(amount_vnd):
    written = format_vnd(amount_vnd, sign=False)
    assert int(written.replace(".", "")) == amount_vnd
    assert all(len(group) == 3 for group in written.split(".")[1:])


@given(st.text())
def test_tidied_text_is_nfc_trimmed_and_stays_as_it_is(text):
    tidied = tidy(text)
    assert unicodedata.is_normalized("NFC", tidied)
    assert tidied == tidied.strip()
    assert "  " not in tidied
    assert tidy(tidied) == tidied


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Đồng Xoài", "dong xoai"),
        ("ĐẶNG THỊ ƯỚC", "dang thi uoc"),
        ("Bù Gia Mập", "bu gia map"),
        ("Đak Ơ", "dak o"),
        ("  Chợ\t4.0 ", "cho 4.0"),
        # The eth of Icelandic keyboards and the African d look like the Vietnamese letter.
        ("\u00d0ồng Xoài, \u00f0ất", "dong xoai, dat"),
        ("\u0189ồng Xoài, \u0256ất", "dong xoai, dat"),
    ],
)
def test_search_keys_have_no_accents(text, key):
    assert search_key(text) == key
    assert search_key(unicodedata.normalize("NFD", text)) == key
    assert search_key(text.upper()) == key


VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"


@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " "))
def test_vietnamese_becomes_plain_letters_one_for_one(text):
    key = search_key(text)
    assert key.isascii()
    assert len(key) == len(tidy(text))


@given(st.text())
@example("a \u0300 b")
@example("\u0130")
def test_a_search_key_is_its_own_key_and_blind_to_how_accents_are_coded(text):
    key = search_key(text)
    assert search_key(key) == key
    assert search_key(unicodedata.normalize("NFD", text)) == search_key(unicodedata.normalize("NFC", text)) == key
    assert not any(unicodedata.combining(letter) for letter in key)


@given(st.lists(st.text(alphabet=VIETNAMESE, min_size=1), min_size=1))
def test_indexed_words_are_kept_once_each(words):
    indexed = index_words(*words).split()
    assert len(indexed) == len(set(indexed))
    assert set(indexed) == {search_key(word) for word in words}


NAMES = ["Xã Lộc Thành", "Xã Lộc Thạnh", "Xã Lộc Hòa"]


def test_rank_keeps_everything_and_leaves_plain_queries_in_their_order():
    assert rank("loc thanh", NAMES, str) == NAMES
    assert sorted(rank("lộc thạnh", NAMES, str)) == sorted(NAMES)


def test_rank_puts_typed_accents_first_however_they_are_coded():
    assert rank("lộc thạnh", NAMES, str)[0] == "Xã Lộc Thạnh"
    assert rank(unicodedata.normalize("NFD", "LỘC THẠNH"), NAMES, str)[0] == "Xã Lộc Thạnh"


@given(st.lists(st.integers(), unique=True), st.integers(1, 5))
def test_pages_follow_each_other_to_the_end(entries, limit):
    seen, after = [], None
    while found := page(entries, lambda one: one, after, limit):
        seen += found
        after = found[-1]
    assert seen == entries


def test_a_page_after_something_unknown_is_empty():
    assert page([1, 2, 3], lambda one: one, 9, None) == []
