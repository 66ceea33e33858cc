"""Searching names as people type them: without accents, by the beginnings of words, in any order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, literal

from core.text import search_key, tidy

T = TypeVar("T")

_WORD = re.compile(r"\w+")


def index_words(*texts: str) -> str:
    """What a row keeps to be found by: every word of the texts once, without accents.

    >>> index_words("Xã Tân Khai", "Phường Tân Khai")
    'xa tan khai phuong'
    """
    return " ".join(dict.fromkeys(_WORD.findall(search_key(" ".join(texts)))))


def matches(column: SQLColumnExpression[str], query: str) -> ColumnElement[bool]:
    """The condition that every word of `query` begins a word of `column`, which holds `index_words`.

    A query without a single letter or figure finds nothing.
    """
    words = _WORD.findall(search_key(query))
    if not words:
        return false()
    return and_(*((literal(" ") + column).contains(f" {word}", autoescape=True) for word in words))


def rank(query: str, found: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """What was found, best first: a query with accents prefers the names that carry the same ones.

    >>> rank("lộc thạnh", ["Xã Lộc Thành", "Xã Lộc Thạnh"], str)
    ['Xã Lộc Thạnh', 'Xã Lộc Thành']
    >>> rank("loc thanh", ["Xã Lộc Thành", "Xã Lộc Thạnh"], str)
    ['Xã Lộc Thành', 'Xã Lộc Thạnh']
    """
    words = _WORD.findall(tidy(query).lower())
    if words == _WORD.findall(search_key(query)):
        return list(found)
    return sorted(found, key=lambda one: -_words_matched(words, name(one)))


def page(found: list[T], key: Callable[[T], object], after: object, limit: int | None) -> list[T]:
    """What follows the entry whose key is `after` (from the start for None), at most `limit` of it.

    >>> page(["a", "b", "c", "d"], str, "b", 1)
    ['c']
    """
    keys = [key(one) for one in found]
    start = 0 if after is None else keys.index(after) + 1 if after in keys else len(keys)
    return found[start:][:limit]


def _words_matched(words: list[str], text: str) -> int:
    present = _WORD.findall(tidy(text).lower())
    return sum(any(candidate.startswith(word) for candidate in present) for word in words)
