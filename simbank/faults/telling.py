"""What is told wrongly of a credit. No I/O.

>>> rng = random.Random(1)
>>> reference_dropped("TIEN RAU DX7K2M9Q CAM ON")
'TIEN RAU CAM ON'
>>> reference_altered("TIEN RAU DX7K2M9Q", rng) == "TIEN RAU DX7K2M9Q"
False
>>> reference_dropped("TIEN RAU") is None
True
"""

import random
import re
import string

_REFERENCE = re.compile(r"\b(?=[0-9]*[A-Z])(?=[A-Z]*[0-9])[0-9A-Z]{6,}\b")
_SYMBOLS = string.digits + string.ascii_uppercase


def reference_altered(content: str, rng: random.Random) -> str | None:
    """Return `content` with one character of its reference changed; None when it holds none."""
    place = _reference(content)
    if place is None:
        return None
    at = rng.randrange(*place)
    other = rng.choice([symbol for symbol in _SYMBOLS if symbol != content[at]])
    return content[:at] + other + content[at + 1 :]


def reference_dropped(content: str) -> str | None:
    """Return `content` without its reference; None when it holds none."""
    place = _reference(content)
    if place is None:
        return None
    return " ".join((content[: place[0]] + content[place[1] :]).split())


def has_reference(content: str) -> bool:
    """Say whether a word of `content` looks like a reference: six characters or more, figures and letters."""
    return _reference(content) is not None


def _reference(content: str) -> tuple[int, int] | None:
    found = list(_REFERENCE.finditer(content))
    return found[-1].span() if found else None
