"""What becomes of a line, and why it may need a person."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """What a statement was read from."""

    CAMT = "camt"
    #: CSV or a spreadsheet.
    TABLE = "table"
    #: The gateway was asked.
    PULL = "pull"


class Outcome(StrEnum):
    """How a line ends; each ends as exactly one."""

    #: What we have recorded says the same.
    MATCHED = "matched"
    #: We had not heard of it; it is recorded now.
    RECORDED = "recorded"
    #: We know it, and it says something else.
    DIFFERENT = "different"
    #: It stands in the statement a second time.
    DUPLICATE = "duplicate"
    #: It cannot be tied to anything.
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a line is different or unknown."""

    AMOUNT = "amount"
    ACCOUNT = "account"
    #: The same reference, account and amount on another day: perhaps the bank used a reference again.
    TIME = "time"
    #: The same reference, account and amount, and a file that has another id for it: recorded it would count twice.
    OTHER_ID = "other_id"
    #: The same reference, account and amount, recorded as another gateway's: the file may be that one's.
    OTHER_GATEWAY = "other_gateway"
    #: A reversal of this reference is recorded, of another credit.
    OTHER_CREDIT = "other_credit"
    #: We hold the refund for refused, the bank carried it out.
    REFUSED_HERE = "refused_here"
    #: Nothing tells this credit from another one.
    NO_REFERENCE = "no_reference"
    #: More than one transfer can carry, or an account number that no account has.
    OUT_OF_RANGE = "out_of_range"
    #: A credit that takes a debit back: no customer's payment.
    CAME_BACK = "came_back"
    #: The bank took back what is not booked here: more than is left, or of a credit that is not recorded.
    UNBOOKED = "unbooked"
    #: The bank took back what we never heard of.
    NO_CREDIT = "no_credit"
    #: Money of a credit went back, and nobody here ordered it.
    NO_REFUND = "no_refund"
    #: Money that went out and has nothing to do with ours: the account is its holder's.
    ORDINARY_DEBIT = "ordinary_debit"


class DiscrepancyKind(StrEnum):
    """What a discrepancy on the work list is about."""

    DIFFERENT = "different"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"
    #: We have it recorded, and the bank's statement does not show it.
    MISSING_AT_BANK = "missing_at_bank"
    #: What the statement says of itself does not add up, or was left out.
    FINDING = "finding"


class DiscrepancyAction(StrEnum):
    """What was done about a discrepancy."""

    CLOSE = "close"
    REOPEN = "reopen"
