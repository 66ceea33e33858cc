"""References: what stands in 62.08 of a stall's code and comes back in a bank's text.

`C4` + seven characters of base 32 + one check character (ISO 7064 Mod 37,36): ten in all. Short enough for every
bank's text, and sure enough (35 in 36 slips are caught) to be believed when found in the middle of it. The alphabet is
Crockford's: no I, L, O, U, which people and printers take for others.
"""

from __future__ import annotations

import re
import secrets

from stdnum.iso7064 import mod_37_36

import vietqr

PREFIX = "C4"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY_LENGTH = 7
LENGTH = len(PREFIX) + BODY_LENGTH + 1

_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())
_CANDIDATE = re.compile(rf"(?={PREFIX}([{ALPHABET}]{{{BODY_LENGTH}}}[0-9A-Z]))")


def new_reference() -> str:
    """A random reference; `payment_references` keeps which were given."""
    return with_check(PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH)))


def with_check(body: str) -> str:
    """Prefix and body with their check character.

    >>> with_check("C40000000")
    'C40000000A'
    """
    return body + mod_37_36.calc_check_digit(body)


def is_valid(reference: str) -> bool:
    """Whether this is a reference, in its compact form.

    >>> is_valid("C40000000A"), is_valid("C40000000B")
    (True, False)
    """
    return bool(len(reference) == LENGTH and _CANDIDATE.match(reference) and mod_37_36.is_valid(reference))


def find_references(text: str) -> list[str]:
    """Every reference in a bank's text, in order: any case, spaces lost or put in, other text around.

    >>> find_references("MBVCB.123.c40000000a tra tien rau")
    ['C40000000A']
    >>> find_references("chuyen tien")
    []
    """
    packed = compact(text)
    if PREFIX not in packed:
        return []
    candidates = (PREFIX + found[1] for found in _CANDIDATE.finditer(packed))
    return list(dict.fromkeys(candidate for candidate in candidates if is_valid(candidate)))


def compact(text: str) -> str:
    """The letters and digits of a text, folded to capitals.

    >>> compact("c4 0000-000a, rau muống")
    'C40000000ARAUMUONG'
    """
    # Most texts are ASCII, and need no more than their capitals.
    if text.isascii():
        return text.encode().upper().translate(None, _DROPPED).decode()
    return vietqr.fold(text).replace(" ", "")
