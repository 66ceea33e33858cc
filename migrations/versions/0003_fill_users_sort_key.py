"""Every user's place among others by name.

Reason: those who were opened before `sort_key` have an empty one, and would all come first. The key is made here as
`core.text` made it on that day: what this migration writes must not change when that function does. A change of the
function comes with a migration that fills the keys anew.
"""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003_fill_users_sort_key"
down_revision = "0002_users_sort_key"
branch_labels = None
depends_on = None

_USERS = sa.table("users", sa.column("id", sa.BigInteger()), sa.column("name", sa.String()), sa.column("sort_key"))

#: A word of decomposed text: letters and figures, each with its marks.
_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
_PARTS = re.compile(r"\d+|\D")
_CROSSED_D = str.maketrans({"ð": "đ", "ɖ": "đ"})
#: The letters that follow a plain one in the alphabet; the tilde is behind every other letter of ASCII.
_AFTER_PLAIN = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
#: The combining marks of the tones, in the dictionary's order: huyền, hỏi, ngã, sắc, nặng. "0" is none, ngang.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def upgrade() -> None:
    """Fill the key of those who are there; a new user gets it when it is opened."""
    connection = op.get_bind()
    found = [{"of": row.id, "key": _sort_key(row.name)} for row in connection.execute(sa.select(_USERS))]
    if found:
        statement = sa.update(_USERS).where(_USERS.c.id == sa.bindparam("of")).values(sort_key=sa.bindparam("key"))
        connection.execute(statement, found)


def downgrade() -> None:
    """Nothing to take back: the column goes with the migration before."""


def _sort_key(text: str) -> str:
    """What names are sorted by: ASCII whose bytes order as a Vietnamese dictionary orders the names."""
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
