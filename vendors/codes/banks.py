"""Banks as this system knows them: those of the registry and, outside production, the simulated one.

A bank's name is written, read and offered for choice here alone.
"""

from __future__ import annotations

from core.settings import Settings
from core.text import sort_key
from vietqr import banks, fold

#: A BIN that no real bank has, so that nobody can pay a stranger by a demo code.
SIMULATED_BIN = "970499"
SIMULATED_NAME = "SimBank"


def is_payable(bank_bin: str, settings: Settings) -> bool:
    """Whether an account at this bank may be registered here."""
    if bank_bin == SIMULATED_BIN:
        return settings.env != "production"
    return banks.find(bank_bin) is not None


def bank_name(bank_bin: str) -> str:
    """What people call the bank; the BIN itself for one that the registry does not know any more."""
    if bank_bin == SIMULATED_BIN:
        return SIMULATED_NAME
    bank = banks.find(bank_bin)
    return bank.short_name if bank else bank_bin


def payer_bank_name(bank_bin: str | None) -> str | None:
    """A payer's bank as people call it; None where the credit does not say it, or says one that nobody knows."""
    if bank_bin is None:
        return None
    name = bank_name(bank_bin)
    return None if name == bank_bin else name


def find_bin(words: str) -> str | None:
    """The BIN of a bank that is named in words; None unless they mean one bank alone.

    A bank whose code or short name they are goes before those whose names only begin with them or hold them.

    >>> find_bin("Vietcombank"), find_bin("VPBank")
    ('970436', '970432')
    >>> find_bin("Viet") is None
    True
    """
    found = banks.search(words)
    exact = [bank for bank in found if _squeezed(words) in {_squeezed(bank.code), _squeezed(bank.short_name)}]
    meant = exact or found
    return meant[0].bin if len(meant) == 1 else None


def choices(settings: Settings) -> list[tuple[str, str]]:
    """Pairs of BIN and name for a form, by name; the simulated bank comes first where there is one."""
    known = sorted(((bank.bin, bank.short_name) for bank in banks.all_banks()), key=lambda pair: sort_key(pair[1]))
    simulated = [(SIMULATED_BIN, SIMULATED_NAME)] if is_payable(SIMULATED_BIN, settings) else []
    return simulated + known


def _squeezed(name: str) -> str:
    return fold(name).replace(" ", "")
