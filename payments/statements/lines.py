"""The one shape that every statement is read into, whatever its format.

A reader gives lines, findings and account periods as it meets them. What it gave holds only once it has come to its
end: a document that breaks off raises `Unreadable` there, and then nothing of it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class Direction(StrEnum):
    """Which way the money of a line went, seen from the account."""

    CREDIT = "credit"
    DEBIT = "debit"


class FindingKind(StrEnum):
    """What a statement says of itself that cannot be taken as money, or does not add up."""

    #: Waiting, or for information: no money, and nothing is wrong.
    NOT_BOOKED = "not_booked"
    OTHER_CURRENCY = "other_currency"
    #: The details of a booking are not its amount, its currency or its count. None of them is taken.
    DETAILS_DISAGREE = "details_disagree"
    #: Several payments in one sum, without what each of them was.
    BATCH_WITHOUT_DETAILS = "batch_without_details"
    NO_BOOKING_TIME = "no_booking_time"
    NOTHING_MOVED = "nothing_moved"
    #: Opening balance and bookings do not give the closing balance.
    BALANCES_DISAGREE = "balances_disagree"
    #: The credits or the debits are not what the statement sums up.
    SUMS_DISAGREE = "sums_disagree"
    #: The statement says that it has more or fewer entries than there are.
    COUNT_DISAGREES = "count_disagrees"


#: What is said in passing; everything else is a reason to look, and to believe nothing that is absent.
HARMLESS = frozenset({FindingKind.NOT_BOOKED, FindingKind.NOTHING_MOVED})


@dataclass(frozen=True, slots=True)
class Line:
    """One booking, or one transaction of a batch that adds up.

    `amount_vnd` is whole đồng, 1 to 15 digits, and never signed. `booked_at` is aware; where the bank gives the day
    alone (`day_only`) it is the first moment of that day in Vietnam. `bank_ref` is the bank's own reference of this
    transaction; one that the transactions of a batch share stands in none of them. `external_id` is the gateway's id
    of the credit that this is, or of which money goes back. `bank_bin` is the BIN of the bank that keeps the account,
    where it is told. `references` are the others, of whoever gave them, so they prove nothing alone. The `party` is who
    paid a credit, or was paid by a debit. `line_number` counts the document's lines from 1.
    """

    account_number: str
    direction: Direction
    amount_vnd: int
    booked_at: datetime
    day_only: bool
    bank_ref: str | None
    external_id: str | None
    references: tuple[str, ...]
    virtual_account: str | None
    content: str
    party_name: str | None
    party_account: str | None
    party_bank_bin: str | None
    bank_bin: str | None
    is_reversal: bool
    line_number: int
    entry_ref: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong or left out, and where. `expected` and `found` are what the document says, not sentences."""

    kind: FindingKind
    line_number: int
    account_number: str | None = None
    entry_ref: str | None = None
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class AccountPeriod:
    """What a statement says of one account, given after its lines.

    `since` (included) and `until` (excluded) are None where the statement does not say. It is `entire` when it says
    from when to when it goes, is not one page of several, and nothing in it was left out: only then does the absence of
    a booking mean anything.
    """

    account_number: str
    statement_ref: str | None
    since: datetime | None
    until: datetime | None
    entire: bool
    opening_vnd: int | None
    closing_vnd: int | None
    line_number: int


Item: TypeAlias = Line | Finding | AccountPeriod
