"""Passwords: argon2id, with a check that takes as long for nobody as for somebody.

A password is brought to one form of Unicode first: keyboards write the same Vietnamese letters in different ways.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 128
#: A password with fewer different characters is a row of one key.
DIFFERENT_MIN = 4

#: Letters and figures that nobody mistakes for another when a password is read out or copied by hand.
CLEAR_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
#: Three groups of four: 59 random bits, for a password that is changed at its first use.
ONE_TIME_GROUPS, ONE_TIME_GROUP_LENGTH = 3, 4

#: What people choose when nobody stops them, here and elsewhere, without spaces and in lower case.
COMMON_WORDS = """
    12345678 123456789 1234567890 0123456789 87654321 987654321 password password1 qwertyui qwerty123 1q2w3e4r
    1qaz2wsx abcd1234 abc12345 iloveyou matkhau1 matkhau123 matkhau12345 anhyeuem anhyeuem1 emyeuanh vietnam1
    vietnam123 xinchao1 xinchao123 cho12345 cho40cho40 tieuthuong sapcho123 congty123 admin123 admin1234
"""
COMMON = frozenset(COMMON_WORDS.split())

_hasher = PasswordHasher()


def set_cost(*, time_cost: int, memory_cost_kib: int) -> None:
    """Say what a guess shall cost from now on; hashes of another cost are made anew when they are next used."""
    global _hasher  # noqa: PLW0603 - one cost for the whole process
    _hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_cost_kib, parallelism=1)
    _dummy_hash.cache_clear()


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt."""
    return _hasher.hash(one_form(password))


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password with its hash, made by `prepare` before a unit of work begins.

    Hashing takes as long as dozens of writes, and on SQLite nobody else may write while a unit of work is open.
    """

    plain: str
    hashed: str


def prepare(password: str) -> NewPassword:
    """Hash a password that is to be set; whoever sets it checks whether it may be."""
    return NewPassword(password, hash_password(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Without a hash the same work is done, so that time tells nothing."""
    try:
        right = _hasher.verify(password_hash or _dummy_hash(), one_form(password)[: PASSWORD_MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def is_guessable(password: str, *known: str) -> bool:
    """Whether somebody would try it first: a common one, a row of keys, or what is `known` about the user."""
    plain = "".join(one_form(password).lower().split())
    if plain in COMMON or len(set(plain)) < DIFFERENT_MIN:
        return True
    return any(fact and fact.lower() in plain and len(plain) - len(fact) < DIFFERENT_MIN for fact in known)


def one_time_password() -> str:
    """A random password that can be read out, like "k7mp-2xqd-w9ha"."""
    groups = [
        "".join(secrets.choice(CLEAR_LETTERS) for _place in range(ONE_TIME_GROUP_LENGTH))
        for _group in range(ONE_TIME_GROUPS)
    ]
    return "-".join(groups)


def prepare_one_time() -> NewPassword:
    """A random password, prepared to be set."""
    return prepare(one_time_password())


def one_form(password: str) -> str:
    """The form that is hashed, and whose length counts: NFC may be shorter than what was typed, or longer."""
    return unicodedata.normalize("NFC", password)


@cache
def _dummy_hash() -> str:
    return _hasher.hash("nobody's password")
