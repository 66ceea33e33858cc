"""Text: kept in NFC, searched without accents, sorted as Vietnamese dictionaries do."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
#: A word of decomposed text: letters and figures, each with its marks.
_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
_PARTS = re.compile(r"\d+|\D")
_CROSSED_D = str.maketrans({"ð": "đ", "ɖ": "đ"})
#: The letters that follow a plain one in the alphabet; the tilde is behind every other letter of ASCII.
_AFTER_PLAIN = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
#: The combining marks of the tones, in the dictionary's order: huyền, hỏi, ngã, sắc, nặng. "0" is none, ngang.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def tidy(text: str) -> str:
    r"""NFC, trimmed, with runs of white space squeezed to one space; what a person typed, ready to be kept.

    >>> tidy("  Cho\u031b\u0323   Đo\u0302\u0300ng Xoài ")
    'Chợ Đồng Xoài'
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def search_key(text: str) -> str:
    """Lower case without accents, for searching.

    The crossed d is a letter of its own, which decomposition leaves alone. Keyboards of other languages write it with
    letters that look the same: the Icelandic eth (Ð, ð) and the African d (Ɖ, ɖ).

    >>> search_key("Chợ Đồng Xoài"), search_key("Ðồng Xoài")
    ('cho dong xoai', 'dong xoai')
    """
    letters = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tidy(plain.lower().translate(_CROSSED_D).replace("đ", "d"))


def sort_key(text: str) -> str:
    """What names are sorted by: ASCII whose bytes order as a Vietnamese dictionary orders the names.

    The order is that of the Vietnam Lexicography Centre (Vũ Xuân Lương: `charset/quytacABC_en.html` at
    vietunicode.sourceforge.net); CLDR has the same letters and tones. Names are compared word by word, each word first
    by its letters (a ă â b c d đ e ê …) and then by its tone (ngang, huyền, hỏi, ngã, sắc, nặng). A name comes before
    a longer one that begins with it. Small letters come before capitals where all else is equal. Runs of figures are
    compared as numbers. Anything else separates words, and is not compared.

    >>> sorted(["Lộc An", "Chợ 10", "Long Bình", "Chợ 2", "Đak Ơ", "Dầu Giây", "Bà Chẽ", "Ba Tri"], key=sort_key)
    ['Ba Tri', 'Bà Chẽ', 'Chợ 2', 'Chợ 10', 'Dầu Giây', 'Đak Ơ', 'Long Bình', 'Lộc An']
    >>> sort_key("Lộc An 12")
    'lo~c 5 an 0 0212 0 !1001'
    """
    words = _WORD.findall(unicodedata.normalize("NFD", text))
    capitals = "".join("01"[letter.isupper()] for word in words for letter in word if letter.isalnum())
    # "!" comes before letters and figures: so a name comes before a longer one.
    return "".join(f"{_letters_key(word)} {_tones(word)} " for word in words) + f"!{capitals.rstrip('0')}"


def _letters_key(word: str) -> str:
    """The word's letters and numbers without tones; `word` is decomposed."""
    toneless = unicodedata.normalize("NFC", "".join(letter for letter in word if letter not in _TONES))
    return "".join(map(_part_key, _PARTS.findall(toneless.lower().translate(_CROSSED_D))))


def _part_key(part: str) -> str:
    if part.isdecimal():
        figures = "".join(str(unicodedata.decimal(figure)) for figure in part).lstrip("0")
        return f"{min(len(figures), 99):02d}{figures}"
    base = unicodedata.normalize("NFD", part)[0]
    if unicodedata.combining(base):
        return ""
    # Other scripts follow the alphabet, by their code points.
    return _AFTER_PLAIN.get(part) or (base if base.isascii() else f"z~{ord(base):06x}")


def _tones(word: str) -> str:
    return "".join(_TONES.get(letter, "") for letter in word) or "0"


def printable(text: str) -> str:
    r"""The text as it is printed: NFC, single spaces, no control characters.

    >>> printable("Chợ  Đồng\nXoài")
    'Chợ Đồng Xoài'
    """
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if char.isspace() else char for char in composed)
    kept = "".join(char for char in visible if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join(kept.split())
