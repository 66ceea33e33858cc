"""The hash chain of a stall's payments.

A credit's digest is SHA-256 over all that the bank said of it, each fact led by its length, so that no two lists of
facts look alike. A payment's digest is SHA-256 over the digest before it, its number, and its credit's digest. Who
changes, removes or reorders a payment or its credit breaks every digest after it. A stall's corrections form a second
chain of the same kind, and the credits that wait for a person a third.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

VERSION = "cho40 payment chain 1"
CORRECTIONS_VERSION = "cho40 correction chain 1"
UNMATCHED_VERSION = "cho40 unmatched chain 1"


def first_digest(stall_id: int) -> bytes:
    """What stands before a stall's first payment."""
    return hashlib.sha256(f"{VERSION}:{stall_id}".encode()).digest()


def first_correction_digest(stall_id: int) -> bytes:
    """What stands before a stall's first correction."""
    return hashlib.sha256(f"{CORRECTIONS_VERSION}:{stall_id}".encode()).digest()


def first_unmatched_digest() -> bytes:
    """What stands before the first credit that waited for a person."""
    return hashlib.sha256(UNMATCHED_VERSION.encode()).digest()


class CreditFacts(Protocol):
    """All that a bank said of a credit, whether it is about to be stored or was read back."""

    # ruff: noqa: D102 - the names are those of `payments.gateways.port.ReportedCredit`, which describes them.

    @property
    def external_id(self) -> str: ...
    @property
    def bank_ref(self) -> str: ...
    @property
    def bank_bin(self) -> str | None: ...
    @property
    def account_number(self) -> str: ...
    @property
    def virtual_account(self) -> str | None: ...
    @property
    def amount_vnd(self) -> int: ...
    @property
    def content(self) -> str: ...
    @property
    def payer_bank_bin(self) -> str | None: ...
    @property
    def payer_name(self) -> str | None: ...
    @property
    def payer_ref(self) -> str | None: ...
    @property
    def paid_at(self) -> datetime: ...


def credit_digest(gateway: str, credit: CreditFacts) -> bytes:
    """SHA-256 over everything that was reported: 32 bytes. An absent fact is not an empty one."""
    return told_credit_digest(
        gateway,
        credit.external_id,
        credit.bank_ref,
        credit.bank_bin,
        credit.account_number,
        credit.virtual_account,
        str(credit.amount_vnd),
        credit.content,
        credit.payer_bank_bin,
        credit.payer_name,
        credit.payer_ref,
        stamp(credit.paid_at),
    )


def told_credit_digest(*facts: str | None) -> bytes:
    """The same of a credit's facts as texts, in the order of `CreditFacts` after the gateway, the moment by `stamp`."""
    return _digest(*facts)


class ReversalFacts(Protocol):
    """All that a bank said of a reversal; the names are those of `payments.gateways.port.ReportedReversal`."""

    @property
    def external_id(self) -> str: ...
    @property
    def credit_external_id(self) -> str: ...
    @property
    def bank_ref(self) -> str: ...
    @property
    def amount_vnd(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def booked_at(self) -> datetime: ...


def reversal_digest(gateway: str, reversal: ReversalFacts) -> bytes:
    """SHA-256 over everything that was reported: 32 bytes."""
    return _digest(
        gateway,
        reversal.external_id,
        reversal.credit_external_id,
        reversal.bank_ref,
        str(reversal.amount_vnd),
        reversal.reason,
        stamp(reversal.booked_at),
    )


class Link(NamedTuple):
    """What a payment's digest covers besides the one before it: its place in the chain, and its credit whole."""

    stall_id: int
    receipt_number: int
    credit_digest: bytes
    recorded_at: datetime


def next_digest(previous: bytes, link: Link) -> bytes:
    """The digest of the payment that follows `previous`: 32 bytes."""
    return told_next_digest(previous, link.stall_id, link.receipt_number, link.credit_digest, stamp(link.recorded_at))


def told_next_digest(previous: bytes, stall_id: int, receipt_number: int, of_credit: bytes, recorded_at: str) -> bytes:
    """The same, with the moment by `stamp`."""
    # `_digest` written out, for there is one for each payment: the lengths of two of the facts are known.
    stall, number = str(stall_id), str(receipt_number)
    framed = (
        f"64:{previous.hex()}{len(stall)}:{stall}{len(number)}:{number}64:{of_credit.hex()}"
        f"{len(recorded_at)}:{recorded_at}"
    )
    return hashlib.sha256(framed.encode()).digest()


class CorrectionLink(NamedTuple):
    """What a correction's digest covers besides the one before it."""

    stall_id: int
    number: int
    payment_digest: bytes
    kind: str
    amount_vnd: int
    happened_at: datetime
    source: str
    recorded_at: datetime


def next_correction_digest(previous: bytes, link: CorrectionLink) -> bytes:
    """The digest of the correction that follows `previous`: 32 bytes."""
    return _digest(
        previous.hex(),
        str(link.stall_id),
        str(link.number),
        link.payment_digest.hex(),
        link.kind,
        str(link.amount_vnd),
        stamp(link.happened_at),
        link.source,
        stamp(link.recorded_at),
    )


def _digest(*facts: str | None) -> bytes:
    framed = "".join(["-" if fact is None else f"{len(fact)}:{fact}" for fact in facts])
    return hashlib.sha256(framed.encode()).digest()


def stamp(moment: datetime) -> str:
    """A moment as digests cover it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
