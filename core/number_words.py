"""Amounts in Vietnamese words, as a southern speaker says them.

Read in groups of three figures from the right, each with its unit. A group that is not the first says its hundreds even
when there are none ("hai triệu không trăm năm mươi nghìn"): dropped, "hai triệu năm" would be heard as 2.500.000. The
same ear hears "một triệu năm trăm" as 1.500.000, so a group of zeros between two others is said, too, when the one
after it begins with hundreds: 1.000.500 is "một triệu không nghìn năm trăm đồng".
"""

from __future__ import annotations

FIGURES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
UNITS = ("", "nghìn", "triệu", "tỷ")
GROUP = 1_000
LARGEST = GROUP ** len(UNITS) - 1
MIN_SAID_HUNDREDS = 100


def number_words(number: int) -> str:
    """A whole number from 0 to 999,999,999,999 in words.

    >>> number_words(2_050_000)
    'hai triệu không trăm năm mươi nghìn'
    >>> number_words(1_000_500)
    'một triệu không nghìn năm trăm'
    >>> number_words(24), number_words(15), number_words(105), number_words(21)
    ('hai mươi tư', 'mười lăm', 'một trăm lẻ năm', 'hai mươi mốt')

    Raises `ValueError` outside that range.
    """
    if not 0 <= number <= LARGEST:
        message = f"only 0 to {LARGEST}"
        raise ValueError(message)
    if number == 0:
        return FIGURES[0]
    words: list[str] = []
    groups = _groups(number)
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group:
            words += [*_group_words(group, leading=not words), UNITS[place]]
        elif place and words and _would_mishear(groups, place):
            words += [FIGURES[0], UNITS[place]]
    return " ".join(word for word in words if word)


def amount_words(amount_vnd: int) -> str:
    """An amount of đồng in words.

    >>> amount_words(50_000)
    'năm mươi nghìn đồng'
    """
    return f"{number_words(amount_vnd)} đồng"


def _groups(number: int) -> list[int]:
    groups = []
    while number:
        number, group = divmod(number, GROUP)
        groups.append(group)
    return groups


def _would_mishear(groups: list[int], place: int) -> bool:
    """Whether skipping this group of zeros would bring a group with hundreds next to a larger unit."""
    return groups[place - 1] >= MIN_SAID_HUNDREDS


def _group_words(group: int, *, leading: bool) -> list[str]:
    hundreds, rest = divmod(group, 100)
    words = [] if leading and not hundreds else [FIGURES[hundreds], "trăm"]
    return words + _below_hundred(rest, after_hundreds=bool(words))


def _below_hundred(rest: int, *, after_hundreds: bool) -> list[str]:
    tens, ones = divmod(rest, 10)
    if not rest:
        return []
    if not tens:
        return ["lẻ", FIGURES[ones]] if after_hundreds else [FIGURES[ones]]
    words = ["mười"] if tens == 1 else [FIGURES[tens], "mươi"]
    return words + _ones_after_tens(tens, ones)


def _ones_after_tens(tens: int, ones: int) -> list[str]:
    if not ones:
        return []
    if tens > 1 and ones == 1:
        return ["mốt"]
    if tens > 1 and ones == 4:  # noqa: PLR2004
        return ["tư"]
    return ["lăm" if ones == 5 else FIGURES[ones]]  # noqa: PLR2004
