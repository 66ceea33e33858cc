"""The hash chain of a stall's payments.

A payment's digest covers the digest before it, its number, and the digest of its credit, which covers all that the
bank said (`payments.recording.facts`). Whoever changes, removes or reorders a payment or its credit breaks every digest
after it. A stall's corrections form a second chain of the same kind, and the credits that wait for a person a third.
`payments.recording.framing` says how facts become a digest.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from payments.recording import framing
from payments.recording.framing import stamp

VERSION = "cho40 payment chain 1"
CORRECTIONS_VERSION = "cho40 correction chain 1"
UNMATCHED_VERSION = "cho40 unmatched chain 1"


def first_digest(stall_id: int) -> bytes:
    """What stands before a stall's first payment."""
    return hashlib.sha256(f"{VERSION}:{stall_id}".encode()).digest()


def sql_first_digest(stall_id: str) -> str:
    """The same in PostgreSQL's SQL, of an expression."""
    return f"sha256(convert_to('{VERSION}:' || {stall_id}, 'UTF8'))"


def first_correction_digest(stall_id: int) -> bytes:
    """What stands before a stall's first correction."""
    return hashlib.sha256(f"{CORRECTIONS_VERSION}:{stall_id}".encode()).digest()


def first_unmatched_digest() -> bytes:
    """What stands before the first credit that waited for a person."""
    return hashlib.sha256(UNMATCHED_VERSION.encode()).digest()


class Link(NamedTuple):
    """What a payment's digest covers besides the one before it: its place in the chain, and its credit whole."""

    stall_id: int
    receipt_number: int
    credit_digest: bytes
    recorded_at: datetime


def next_digest(previous: bytes, link: Link) -> bytes:
    """The digest of the payment that follows `previous`: 32 bytes."""
    return link_digest(previous, link.stall_id, link.receipt_number, link.credit_digest, stamp(link.recorded_at))


def link_digest(previous: bytes, stall_id: int, receipt_number: int, credit_digest: bytes, stamped: str) -> bytes:
    """The same for a moment that `framing.stamp` has written already."""
    return framing.digest((previous.hex(), str(stall_id), str(receipt_number), credit_digest.hex(), stamped))


def sql_link_digest(previous: str, stall_id: str, receipt_number: str, credit_hex: str, framed_moment: str) -> str:
    """The same in PostgreSQL's SQL, of expressions: the credit's digest in hexadecimal, the moment framed already."""
    return framing.sql_digest(
        (
            framing.sql_hex(f"encode({previous}, 'hex')"),
            framing.sql_number(stall_id),
            framing.sql_number(receipt_number),
            framing.sql_hex(credit_hex),
            framed_moment,
        )
    )


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
    return framing.digest(
        (
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
    )
