"""The hash chain of a stall's payments.

Each payment's digest is SHA-256 over the digest before it and the payment's own facts, each fact led by its length, so
that no two lists of facts look alike. Who changes, removes or reorders a payment breaks every digest after it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

VERSION = "cho40 payment chain 1"


def first_digest(stall_id: int) -> bytes:
    """What stands before a stall's first payment."""
    return hashlib.sha256(f"{VERSION}:{stall_id}".encode()).digest()


class Link(NamedTuple):
    """The facts of a payment that its digest covers."""

    stall_id: int
    receipt_number: int
    gateway: str
    external_id: str
    amount_vnd: int
    paid_at: datetime
    recorded_at: datetime


def next_digest(previous: bytes, link: Link) -> bytes:
    """The digest of the payment that follows `previous`: 32 bytes."""
    facts = (
        str(link.stall_id),
        str(link.receipt_number),
        link.gateway,
        link.external_id,
        str(link.amount_vnd),
        _stamp(link.paid_at),
        _stamp(link.recorded_at),
    )
    framed = "".join(f"{len(fact)}:{fact}" for fact in facts)
    return hashlib.sha256(previous + framed.encode()).digest()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
