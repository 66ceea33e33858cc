"""A small bank for tests of the floors that need one: real answers from memory, and it can be out of reach."""

from __future__ import annotations

from dataclasses import dataclass, field

from vendors.codes.bank import BankUnavailable, VirtualAccount


@dataclass
class InMemoryBank:
    """Issues `SB40…` numbers by request id; `holders` maps (BIN, account) to names; `down` makes it unreachable."""

    holders: dict[tuple[str, str], str] = field(default_factory=dict)
    issued: dict[str, VirtualAccount] = field(default_factory=dict)
    down: bool = False

    def issue_virtual_account(
        self, *, request_id: str, bank_bin: str, account_number: str, label: str
    ) -> VirtualAccount | None:
        self._answer_or_fail()
        number = f"SB40{len(self.issued) + 1:08d}"
        return self.issued.setdefault(request_id, VirtualAccount("simbank", "970499", number))

    def find_holder(self, *, bank_bin: str, account_number: str) -> str | None:
        self._answer_or_fail()
        return self.holders.get((bank_bin, account_number))

    def _answer_or_fail(self) -> None:
        if self.down:
            raise BankUnavailable
