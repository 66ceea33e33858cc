"""What every statement's file is read into, whatever its format: lines, findings and account periods.

A reader gives them as it meets them. They count only once it has come to its end: a document that breaks off raises
`Unreadable` there, and then nothing of it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from payments.statement_lines import Line


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
