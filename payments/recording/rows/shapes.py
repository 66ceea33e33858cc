"""The rows that travel between the recorder and its statements."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from payments.gateways.port import ReportedCredit

#: What a credit, or a reversal, is known by: gateway, external id. A plain tuple, for there are many.
CreditKey: TypeAlias = tuple[str, str]


class MessageRow(NamedTuple):
    """A message to be kept."""

    gateway: str
    digest: bytes
    message_id: str
    body: bytes


class NewCredit(NamedTuple):
    """A credit as it goes into the statement: what was reported, and what is worked out of it beforehand."""

    gateway: str
    reported: ReportedCredit
    #: The digest of the message that brought it, if one did.
    message: bytes | None
    digest: bytes
    #: That of `paid_at`.
    market_day: date
    #: The references in its text, with spaces between them.
    references: str | None

    @property
    def key(self) -> CreditKey:
        """What it is known by."""
        return (self.gateway, self.reported.external_id)


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

    `chain_head` is the stall's, locked until the transaction ends, if it has one.
    """

    stall_id: int
    market_id: int
    reference: str
    chain_head: ChainHeadRow | None


class InsertedCredit(NamedTuple):
    """A credit that was not known before, with the id that it got.

    `code` is the one that has its virtual account, where that was looked up and found. `reversed` says that a reversal
    may wait for it. `booked` says that it is its stall's payment already: then nothing is left to do.
    """

    id: int
    new: NewCredit
    code: PaidCode | None = None
    reversed: bool = True
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
