"""Text: kept in NFC, searched without accents."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def tidy(text: str) -> str:
    r"""NFC, trimmed, with runs of white space squeezed to one space; what a person typed, ready to be kept.

    >>> tidy("  Cho\u031b\u0323   Đo\u0302\u0300ng Xoài ")
    'Chợ Đồng Xoài'
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def search_key(text: str) -> str:
    """Lower case without accents, for searching; đ is a letter of its own that decomposition leaves alone.

    >>> search_key("Chợ Đồng Xoài")
    'cho dong xoai'
    """
    letters = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tidy(plain.lower().replace("đ", "d"))
