from __future__ import annotations

import pytest

from tests.support.beside import BankBeside
from tests.support.money import CodedStall, coded_stalls


@pytest.fixture
def stall(simulated_bank: BankBeside) -> CodedStall:
    """A stall that was paid 50.000 through the simulated bank."""
    (stall,) = coded_stalls(1)
    simulated_bank.pay(simulated_bank.keep(stall), 50_000)
    simulated_bank.deliver()
    return stall
