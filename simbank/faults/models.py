"""Tables: the plan, a switch for each fault, and what was done."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from simbank.models import Base, RowId, UtcDateTime

SEED_MAX = 64
NOTE_MAX = 200


class Fault(enum.StrEnum):
    """What can go wrong; the value is the stable name."""

    DUPLICATE = "duplicate"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"
    LOST = "lost"
    ANSWER_IGNORED = "answer_ignored"
    REFERENCE_ALTERED = "reference_altered"
    REFERENCE_DROPPED = "reference_dropped"
    WRONG_ACCOUNT = "wrong_account"
    BAD_CREDIT = "bad_credit"
    REPLAYED = "replayed"
    FORGED = "forged"
    CLOCK_SKEW = "clock_skew"
    REVERSED = "reversed"
    TIME_OUT = "time_out"
    ERROR_500 = "error_500"
    BANK_DOWN = "bank_down"
    PARTIAL_STATEMENT = "partial_statement"
    DOUBLED_LINE = "doubled_line"


class PlanRow(Base):
    """One row: the seed, how long things last, and until when the bank is down."""

    __tablename__ = "fault_plan"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seed: Mapped[str] = mapped_column(String(SEED_MAX))
    time_out_s: Mapped[float]
    down_s: Mapped[float]
    late_s: Mapped[float]
    reversed_after_s: Mapped[float]
    down_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Switch(Base):
    """How often one fault strikes. `drawn` events were asked for it, `done` of them were struck."""

    __tablename__ = "fault_switches"
    __table_args__ = (CheckConstraint("probability BETWEEN 0 AND 1", name="probability"),)

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    probability: Mapped[float] = mapped_column(default=0.0)
    next_one: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The next event is struck, whatever the probability."""
    rests: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The next event is spared, because the last one was struck."""
    drawn: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)


class FaultEvent(Base):
    """A fault that was done. The note holds figures and codes, no sentences."""

    __tablename__ = "fault_events"
    __table_args__ = (Index(None, "fault"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    fault: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    credit_id: Mapped[str | None] = mapped_column(ForeignKey("credits.id"))
    note: Mapped[str] = mapped_column(String(NOTE_MAX), default="")
