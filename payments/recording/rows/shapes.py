"""The rows that travel between the recorder and its statements."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple


class MessageRow(NamedTuple):
    """A message to be kept."""

    gateway: str
    digest: bytes
    message_id: str
    body: bytes


class CreditRow(NamedTuple):
    """A notification's credit to be inserted; `message` is the digest of what brought it."""

    gateway: str
    external_id: str
    message: bytes | None
    bank_ref: str
    bank_bin: str | None
    account_number: str
    virtual_account: str | None
    amount_vnd: int
    content: str
    payer_bank_bin: str | None
    payer_name: str | None
    payer_ref: str | None
    paid_at: datetime
    digest: bytes


class LedgerRow(NamedTuple):
    """Where a stall's chains stand."""

    stall_id: int
    market_id: int
    last_receipt_number: int
    last_digest: bytes
    last_correction_number: int
    last_correction_digest: bytes | None


class InsertedRow(NamedTuple):
    """A credit that was inserted, and the stall whose code has its virtual account: all None when there is none.

    `reversed` says that a reversal waits for this credit; `ledger` is the stall's, locked, if it has one yet.
    """

    id: int
    gateway: str
    external_id: str
    reversed: bool
    stall_id: int | None
    market_id: int | None
    reference: str | None
    ledger: LedgerRow | None


class PaymentRow(NamedTuple):
    """A payment to be inserted."""

    credit_id: int
    stall_id: int
    market_id: int
    receipt_number: int
    amount_vnd: int
    paid_at: datetime
    market_day: date
    matched_by: str
    request_id: int | None
    late: bool
    assignment: int
    digest: bytes


class ChainRow(NamedTuple):
    """Where a stall's chain of payments stands after a group."""

    stall_id: int
    market_id: int
    last_receipt_number: int
    last_digest: bytes
