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
    """A notification's credit to be inserted; `message` is the digest of what brought it.

    `market_day` and `named` are not stored with it: the first is that of `paid_at`, the other the references in
    `content`, if there are any, with spaces between them.
    """

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
    market_day: date
    named: str | None


class ChainHeadRow(NamedTuple):
    """Where a stall's chains stand."""

    stall_id: int
    market_id: int
    last_receipt_number: int
    last_digest: bytes
    last_correction_number: int
    last_correction_digest: bytes | None


class PaidCode(NamedTuple):
    """The stall whose code has a credit's virtual account, and the reference that this code puts into the text.

    `ledger` is the stall's, locked until the transaction ends, if it has one.
    """

    stall_id: int
    market_id: int
    reference: str
    ledger: ChainHeadRow | None


class InsertedRow(NamedTuple):
    """A credit that was inserted, with the code that its virtual account belongs to.

    `reversed` says that a reversal waits for it. `booked` says that it is its stall's payment already: then there is
    nothing left to do, and nothing else is told.
    """

    id: int
    gateway: str
    external_id: str
    code: PaidCode | None = None
    reversed: bool = False
    booked: bool = False


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
