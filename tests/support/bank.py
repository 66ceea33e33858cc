"""A small bank for tests of the floors that need one: real answers from memory, and it can be out of reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vendors.issuer import BankUnavailable, VirtualAccount


@dataclass
class InMemoryBank:
    """Issues `SB40…` numbers by request id; `holders` maps (BIN, account) to names; `down` makes it unreachable.

    With `issues` off it offers no virtual accounts; with `loses_answers` it issues, but the answer never arrives;
    `meanwhile` is what happens elsewhere, once, while it is being asked for a virtual account; of the BINs in
    `out_of_sight` it knows no holders.
    """

    holders: dict[tuple[str, str], str] = field(default_factory=dict)
    issued: dict[str, VirtualAccount] = field(default_factory=dict)
    down: bool = False
    issues: bool = True
    loses_answers: bool = False
    meanwhile: Callable[[], object] | None = None
    out_of_sight: frozenset[str] = frozenset()

    def issue_virtual_account(
        self, *, request_id: str, bank_bin: str, account_number: str, label: str
    ) -> VirtualAccount | None:
        self._answer_or_fail()
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        if not self.issues:
            return None
        number = f"SB40{len(self.issued) + 1:08d}"
        issued = self.issued.setdefault(request_id, VirtualAccount("simbank", "970499", number))
        if self.loses_answers:
            raise BankUnavailable
        return issued

    def looks_up(self, bank_bin: str) -> bool:
        return bank_bin not in self.out_of_sight

    def find_holder(self, *, bank_bin: str, account_number: str) -> str | None:
        self._answer_or_fail()
        return self.holders.get((bank_bin, account_number))

    def _answer_or_fail(self) -> None:
        if self.down:
            raise BankUnavailable
