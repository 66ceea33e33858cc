"""The gateway port: what the house asks of every bank or provider, whatever its formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from payments.gateways.errors import RefundsUnsupported
from payments.statement_lines import Line
from vendors.issuer import NoIssuer, VirtualAccountIssuer


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
class ReportedReversal:
    """What a bank reports to have taken back of a credit, whole or in part.

    `external_id` is the gateway's own of the reversal, `credit_external_id` that of the credit, which may not have been
    heard of yet. `amount_vnd` lies within 1 to 499,999,999; `booked_at` is the bank's time, aware.
    """

    external_id: str
    credit_external_id: str
    bank_ref: str
    amount_vnd: int
    reason: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """A message whose proof held: the sender's id of it, and what it reports (perhaps nothing)."""

    message_id: str
    credits: tuple[ReportedCredit, ...]
    reversals: tuple[ReportedReversal, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a message: `recorded` are new, `unmatched` of those are credits without a stall yet."""

    recorded: int
    duplicates: int
    unmatched: int


class RefundOutcome(StrEnum):
    """What a bank says of a refund. Both are its last word."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """A bank's last word on a refund: when done, its reference and time; when refused, its reason (a stable code)."""

    outcome: RefundOutcome
    bank_ref: str | None = None
    booked_at: datetime | None = None
    refusal: str | None = None


class Gateway(VirtualAccountIssuer, Protocol):
    """A bank or provider. What it can do besides reporting credits, it says by its `supports_…`."""

    @property
    def name(self) -> str:
        """What stands in settings, in addresses and beside every credit."""

    @property
    def supports_virtual_accounts(self) -> bool:
        """Whether it issues virtual accounts, and knows the holders of accounts."""

    @property
    def supports_refunds(self) -> bool:
        """Whether `refund` and `find_refund` can be asked."""

    @property
    def supports_statements(self) -> bool:
        """Whether `statement` can be asked."""

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Check the proof over the raw bytes, then read.

        Raises `BadProof` before anything else is looked at, and `Malformed` for what cannot be read.
        """

    def acknowledge(self, outcome: Recorded) -> dict[str, Any]:
        """The JSON object that this provider wants to hear when everything is durable."""

    def refund(self, *, request_id: str, credit_external_id: str, amount_vnd: int, reason: str) -> RefundAnswer:
        """Send a part of a credit back, or all of it; the same `request_id` is carried out once.

        Raises `BankUnavailable` when the outcome is not known, and `RefundsUnsupported`.
        """

    def find_refund(self, request_id: str) -> RefundAnswer | None:
        """What became of a refund; None when the bank never heard of it. Raises `BankUnavailable`."""

    def statement(self, start: datetime, end: datetime) -> Iterator[Line]:
        """What was booked from `start` up to `end`, in the bank's order, read as it is needed.

        Raises `BankUnavailable`, and `NotImplementedError` when `supports_statements` is false.
        """


class NotifyOnlyGateway(NoIssuer):
    """Beneath the adapter of a provider that reports credits and does nothing else for us.

    It issues no virtual accounts, so codes carry the vendor's own account, knows no holders' names, sends no money back
    and has no statements: those come as files.
    """

    supports_virtual_accounts = False
    supports_refunds = False
    supports_statements = False

    def refund(self, **_asked: Any) -> RefundAnswer:
        """It cannot."""
        raise RefundsUnsupported

    def find_refund(self, request_id: str) -> RefundAnswer | None:  # noqa: ARG002
        """It never heard of any."""
        return None

    def statement(self, start: datetime, end: datetime) -> Iterator[Line]:
        """Nobody may ask."""
        raise NotImplementedError
