"""The banks and wallets of NAPAS247, by BIN.

Key by BIN: short codes differ between sources for more than twenty banks, and
names change.  The registry is a list of facts as of its sources, not a licence
to pay: a BIN that it does not know may still be a bank's, and a payload with
such a BIN is read like any other.  It cannot be added to; whoever knows more
banks keeps them beside it.

Sources are named row by row in ``data/banks.json`` and in ``data/SOURCES.md``.
"""

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import Any, Literal

from vietqr.errors import UnknownBank, shown
from vietqr.text import fold

Ability = Literal["transfer", "receive_only", "unverified"]
"""What the bank does with VietQR: its app pays by it and its accounts are paid
by it; its accounts are paid by it; no source says."""


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank, branch or wallet.

    Attributes:
        bin: six digits, the key.
        code: a short code, without authority.
        short_name: what people call it.
        name: its full name in Vietnamese.
        swift: the BIC of eight characters, where known.
        vietqr: see `Ability`.
        former_names: what it was called before.
        other_code: a code that another source has for it.

    """

    bin: str
    code: str
    short_name: str
    name: str
    swift: str | None = None
    vietqr: Ability = "unverified"
    former_names: tuple[str, ...] = ()
    other_code: str | None = None


def get(bin: str) -> Bank:  # noqa: A002 -- the field's own word
    """Return the bank, or raise `UnknownBank`.

    >>> get("970436").short_name
    'Vietcombank'
    >>> get("970499")
    Traceback (most recent call last):
    ...
    vietqr.errors.UnknownBank: no bank in the registry has the BIN '970499'
    """
    bank = find(bin)
    if bank is None:
        message = f"no bank in the registry has the BIN {shown(bin)}"
        raise UnknownBank(message, path="38.01.00")
    return bank


def find(bin: str) -> Bank | None:  # noqa: A002 -- as in `get`
    """Return the bank, or ``None``.

    >>> find("970499") is None
    True
    """
    return _registry().get(bin)


def all_banks() -> tuple[Bank, ...]:
    """Return every bank, in the order of the BINs.

    >>> len(all_banks())
    65
    """
    return tuple(_registry().values())


def search(text: str) -> tuple[Bank, ...]:
    """Return the banks that a person may mean, the likeliest first.

    Accents, case and signs do not matter.  A BIN, code, SWIFT code or name that
    is the text comes first, then one that begins with it, then one that has it
    inside.  Text without a letter or digit finds nothing.

    >>> [bank.short_name for bank in search("vietcom")]
    ['Vietcombank']
    >>> search("Sài Gòn Thương Tín")[0].short_name
    'Sacombank'
    >>> search("  ")
    ()
    """
    wanted = fold(text)
    if not wanted:
        return ()
    ranked = ((_rank(wanted, _names(bank)), bank) for bank in all_banks())
    hits = [(rank, bank) for rank, bank in ranked if rank is not None]
    return tuple(bank for _, bank in sorted(hits, key=lambda hit: (hit[0], hit[1].bin)))


def _rank(wanted: str, names: tuple[str, ...]) -> int | None:
    """0 equal, 1 at the beginning, 2 inside, None nowhere; spaces do not matter."""
    squeezed = wanted.replace(" ", "")
    ranks = []
    for name in (name.replace(" ", "") for name in names):
        if name == squeezed:
            ranks.append(0)
        elif name.startswith(squeezed):
            ranks.append(1)
        elif squeezed in name:
            ranks.append(2)
    return min(ranks, default=None)


@cache
def _names(bank: Bank) -> tuple[str, ...]:
    """Everything that a bank is found by, folded."""
    given = (bank.bin, bank.code, bank.other_code, bank.short_name, bank.name, bank.swift)
    return tuple(fold(name) for name in (*given, *bank.former_names) if name)


@cache
def _registry() -> dict[str, Bank]:
    text = files("vietqr").joinpath("data", "banks.json").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    return {row["bin"]: _bank(row) for row in sorted(rows, key=itemgetter("bin"))}


def _bank(row: dict[str, Any]) -> Bank:
    """Take what `Bank` has from a row, which also says where it is from."""
    taken = {field.name: row[field.name] for field in fields(Bank)}
    return Bank(**taken | {"former_names": tuple(row["former_names"])})
