"""The bank's own numbers: virtual accounts, bank references, credits, reversals, messages. No I/O.

A virtual account is 16 characters in four groups of four: `SB40`, ten digits that tell nothing,
and two check digits (ISO 7064 MOD 97-10), so that a mistyped or altered number is not
mistaken for another stall's.

>>> is_virtual_account("SB40123456789018")
False
>>> number = NumberSource(random.Random(1)).virtual_account()
>>> len(number), is_virtual_account(number)
(16, True)
"""

import random
import string
from datetime import datetime

from stdnum.iso7064 import mod_97_10

from .clock import local

BANK_BIN = "970499"
BANK_NAME = "SimBank"
VIRTUAL_PREFIX = "SB40"
VIRTUAL_LENGTH = 16

_SYMBOLS = string.digits + string.ascii_lowercase


def is_virtual_account(number: str) -> bool:
    """Say whether `number` has a virtual account's form and its check digits are right."""
    return len(number) == VIRTUAL_LENGTH and number.startswith(VIRTUAL_PREFIX) and mod_97_10.is_valid(number)


class NumberSource:
    """Draws numbers; a seeded `random.Random` makes them repeatable in a simulation."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.SystemRandom()

    def virtual_account(self) -> str:
        """Return a virtual account number, 16 upper-case letters and digits."""
        stem = f"{VIRTUAL_PREFIX}{self._rng.randrange(10**10):010d}"
        return stem + mod_97_10.calc_check_digits(stem)

    def bank_ref(self, moment: datetime) -> str:
        """Return a bank reference such as `FT26327048151623`: year, day of the year, nine digits."""
        return f"FT{local(moment):%y%j}{self._rng.randrange(10**9):09d}"

    def credit_id(self) -> str:
        """Return a credit's identifier, `cr_` and 20 characters."""
        return "cr_" + self._symbols(20)

    def reversal_id(self) -> str:
        """Return a reversal's identifier, `rv_` and 20 characters."""
        return "rv_" + self._symbols(20)

    def message_id(self) -> str:
        """Return a message's identifier, `msg_` and 20 characters."""
        return "msg_" + self._symbols(20)

    def payer_ref(self) -> str:
        """Return an account's pseudonym, `P` and 11 characters; it tells nothing of the account."""
        return "P" + self._symbols(11).upper()

    def _symbols(self, count: int) -> str:
        return "".join(self._rng.choices(_SYMBOLS, k=count))
