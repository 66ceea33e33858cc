"""The gateway port: what the house asks of every bank or provider, whatever its formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from vendors.codes.bank import Bank, NoBank


@dataclass(frozen=True, slots=True)
class ReportedCredit:
    """What a bank reports, in our words. `external_id` is the gateway's own, stable over repeats.

    `amount_vnd` lies within 1 to 499,999,999; `paid_at` is the bank's time, aware.
    """

    external_id: str
    bank_ref: str
    account_number: str
    amount_vnd: int
    content: str
    paid_at: datetime
    virtual_account: str | None = None
    bank_bin: str | None = None
    payer_bank_bin: str | None = None
    payer_name: str | None = None
    payer_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A message whose proof held: the sender's id of it, and the credits in it (perhaps none)."""

    message_id: str
    credits: tuple[ReportedCredit, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a message's credits: `recorded` are new, `unmatched` of those have no stall yet."""

    recorded: int
    duplicates: int
    unmatched: int


class Gateway(Bank, Protocol):
    """A bank or provider."""

    @property
    def name(self) -> str:
        """What stands in settings, in addresses and beside every credit."""

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Check the proof over the raw bytes, then read.

        Raises `BadProof` before anything else is looked at, and `Malformed` for what cannot be read.
        """

    def acknowledge(self, outcome: Recorded) -> dict[str, Any]:
        """The JSON object that this provider wants to hear when everything is durable."""


class ReportsOnly(NoBank):
    """Beneath the adapter of a provider that reports credits and does nothing else for us.

    It issues no virtual accounts, so codes carry the vendor's own account, and knows no holders' names. Codes come from
    the first gateway that is more than this.
    """
