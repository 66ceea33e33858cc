"""The one shape of a line of a bank's statement, whether a file shows it or a gateway that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Which way the money of a line went, seen from the account."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True, slots=True)
class Line:
    """One booking, or one transaction of a batch that adds up.

    `amount_vnd` is whole đồng, 1 to `core.money.BOOKING_MAX_VND`, and never signed: it may be more than one transfer
    carries, for an account's holder moves other money too. `booked_at` is aware; where the bank gives the day alone
    (`day_only`) it is the first moment of that day in Vietnam. `bank_ref` is the bank's own reference of this
    transaction; one that the transactions of a batch share stands in none of them. `external_id` is the gateway's id
    of the credit that this is, or of which money goes back. `other_refs` are references that others gave, so they prove
    nothing alone; on a debit the id of the refund that it carries out is one of them. `bank_bin` is the BIN of the bank
    that keeps the account, where it is said. The `party` is who paid a credit, or was paid by a debit. `entry_ref` is
    the statement's own name of the booking; `line_number` counts the lines of the document, or of the gateway's answer,
    from 1.
    """

    account_number: str
    direction: Direction
    amount_vnd: int
    booked_at: datetime
    day_only: bool
    bank_ref: str | None
    external_id: str | None
    other_refs: tuple[str, ...]
    virtual_account: str | None
    content: str
    party_name: str | None
    party_account: str | None
    party_bank_bin: str | None
    bank_bin: str | None
    is_reversal: bool
    line_number: int
    entry_ref: str | None
