"""Names in the order of Vietnamese dictionaries: the key, and that both databases sort by it alike."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from core.database import database
from core.permissions.principal import SYSTEM
from core.settings import Settings
from core.text import sort_key
from core.users import services
from core.users.queries import UserFilter, list_users
from tests.support.cast import Cast
from vendors.codes.banks import choices

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
#: Ngang, huyền, hỏi, ngã, sắc, nặng.
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
VOWELS = "aăâeêioôơuưy"

#: The examples of Vũ Xuân Lương's rules, and names of our own, each list in its order.
IN_ORDER = [
    ["a", "A", "cha", "chan"],
    ["ang", "anh đào", "ánh"],
    ["ác", "ách"],
    ["ba", "bà", "bả", "bã", "bá", "bạ"],
    ["hai", "hài", "hại"],
    ["tuân thủ", "tuần chay"],
    ["Long Bình", "Lộc An", "Lộc Ninh", "Lơ Ku"],
    ["Dầu Giây", "Dĩ An", "Đak Ơ", "Đồng Xoài"],
    ["Chợ 2", "Chợ 02b", "Chợ 3", "Chợ 10", "Chợ Ba"],
    ["An", "An Bình", "Ân"],
    ["a", "á", "a2", "a10", "ab"],
    ["Ung", "Uyên", "Ước"],
    ["Zét", "北京"],
]


@pytest.mark.parametrize("names", IN_ORDER)
def test_names_stand_as_in_a_dictionary(names: list[str]) -> None:
    shuffled = random.sample(names, len(names))
    assert sorted(shuffled, key=sort_key) == names


syllables = st.lists(
    st.sampled_from(VOWELS).flatmap(lambda vowel: st.sampled_from([(vowel, tone) for tone in TONES]))
    | st.sampled_from(ALPHABET).map(lambda letter: (letter, "")),
    min_size=1,
    max_size=4,
)
names = st.lists(syllables, max_size=3)


def written(name: list[list[tuple[str, str]]]) -> str:
    return " ".join("".join(letter + tone for letter, tone in syllable) for syllable in name)


def by_the_rules(name: list[list[tuple[str, str]]]) -> list[tuple[list[int], list[int]]]:
    """The rules, said another way: syllable by syllable, its letters before its tones."""
    return [
        ([ALPHABET.index(letter) for letter, _ in syllable], [TONES.index(tone) for _, tone in syllable if tone] or [0])
        for syllable in name
    ]


@given(names, names)
def test_the_key_orders_by_the_rules(one, other):
    left, right = sort_key(written(one)), sort_key(written(other))
    assert (left < right) == (by_the_rules(one) < by_the_rules(other))


@given(st.text())
def test_a_key_is_ascii_and_blind_to_how_accents_are_coded(text):
    key = sort_key(text)
    assert key.isascii()
    assert key == sort_key(unicodedata.normalize("NFD", text)) == sort_key(unicodedata.normalize("NFC", text))


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_are_compared_as_numbers(one, other):
    assert (sort_key(f"Chợ {one}") < sort_key(f"Chợ {other}")) == (one < other)


def test_users_are_listed_as_in_a_dictionary_on_both_databases_and_page_by_page(app: Flask) -> None:
    names = ["An Bình", "Anh", "Ân", "Dầu", "Đào", "long bình", "Long Bình", "Lộc An", "Ước 2", "Ước 10"]
    for number, name in enumerate(reversed(names)):
        services.open_user(SYSTEM, services.NewUser(f"sorted{number:02}", name, None))
    shown: list[str] = []
    after = None
    with database().reading() as session:
        while page := list_users(session, UserFilter(), after, limit=3):
            shown += [user.name for user in page]
            after = (page[-1].sort_key, page[-1].id)
    assert shown == names


def test_the_trails_actions_are_offered_in_the_readers_alphabet(cast: Cast, client: FlaskClient) -> None:
    page = cast.operator.sign_in(client).get("/system/changes").text
    offered = re.findall(r'<option value="[a-z_]+\.[a-z_]+"[^>]*>([^<]+)', page)
    assert len(offered) > 20
    assert offered == sorted(offered, key=sort_key)


def test_banks_are_offered_by_name_behind_the_simulated_one(settings: Settings) -> None:
    simulated, *known = [name for _, name in choices(settings)]
    assert simulated == "SimBank"
    assert known == sorted(known, key=sort_key)
