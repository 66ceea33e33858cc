"""Each stall's payments: its chain, chain head and days' totals against what was paid, sold for cash and given back.

It reads in streams ordered by stall, so that its memory does not grow with the number of payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntFlag
from functools import reduce
from itertools import groupby
from operator import add, attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, Select, String, case, cast, func, literal, select, type_coerce
from sqlalchemy.orm import Session, aliased

from core.database import is_sqlite
from core.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from payments.cash.models import CashSale
from payments.recording import facts, framing
from payments.recording.chain import first_digest, link_digest
from payments.recording.models import Credit, Payment, StallChainHead, StallDay
from payments.verification.corrections import WentBack, day_sums, went_back
from payments.verification.ranges import Range
from payments.verification.report import Report, stream
from vendors.stalls.models import Stall


class DayTotals(NamedTuple):
    """A stall's totals of a day, as stored or as its rows add up."""

    payments: tuple[int, int] = (0, 0)
    cash: tuple[int, int] = (0, 0)
    refunds: tuple[int, int] = (0, 0)
    reversals: tuple[int, int] = (0, 0)
    cash_refund: tuple[int, int] = (0, 0)


_Counted = dict[date, tuple[int, int]]
_Stored = dict[date, DayTotals]


def follow(session: Session, report: Report, within: Range) -> None:
    """Check numbers without a gap, digests that follow, a chain head and days that agree with the rows."""
    _Stalls(session, report, within).check()


class _Stalls:
    """The streams of a range of stalls, side by side."""

    def __init__(self, session: Session, report: Report, within: Range) -> None:
        self._session = session
        self._report = report
        self._within = within
        heads = select(StallChainHead.stall_id, StallChainHead.last_receipt_number, StallChainHead.last_digest)
        heads = heads.where(within.holds(StallChainHead.stall_id))
        self._heads = {row.stall_id: row for row in session.execute(heads)}
        codes = select(Stall.id, Stall.code).where(within.holds(Stall.id))
        self._codes: dict[int, str] = {row.id: row.code for row in session.execute(codes)}
        self._cash = _cash_by_stall(session, within)
        self._went_back: WentBack = went_back(session, within)
        self._days = _Grouped(_days(session, within))

    def check(self) -> None:
        """Go through them in the order of their ids."""
        seen: set[int] = set()
        payments = stream(self._session, _payment_facts(self._session, self._within))
        for stall_id, rows in groupby(payments, key=itemgetter(0)):
            seen.add(stall_id)
            tally = _check_chain(self._report, self._name(stall_id), stall_id, rows)
            _check_chain_head(self._report, self._name(stall_id), tally, self._heads.get(stall_id))
            for other_id, stored in self._days.up_to(stall_id):
                self._check_days(other_id, tally.days if other_id == stall_id else {}, stored)
            if self._days.last_taken != stall_id:
                self._check_days(stall_id, tally.days, {})
        for stall_id, stored in self._days.rest():
            self._check_days(stall_id, {}, stored)
        for stall_id in sorted(self._cash.keys() | self._went_back.keys()):
            self._check_days(stall_id, {}, {})
        for stall_id, head in self._heads.items():
            if stall_id not in seen and (head.last_receipt_number or head.last_digest != first_digest(stall_id)):
                self._report.find(f"stall {self._name(stall_id)}: the chain head counts payments that are not there")
        self._report.stalls += len(seen)

    def _name(self, stall_id: int) -> str:
        return self._codes.get(stall_id, f"#{stall_id}")

    def _check_days(self, stall_id: int, paid: _Counted, stored: _Stored) -> None:
        cash, went_back = self._cash.pop(stall_id, {}), self._went_back.pop(stall_id, {})
        if not cash and not went_back and {day: DayTotals(sums) for day, sums in paid.items()} == stored:
            return
        for day in sorted(paid.keys() | cash.keys() | went_back.keys() | stored.keys()):
            back = day_sums(went_back, day)
            count, total = paid.get(day, (0, 0))
            unassigned, unassigned_vnd = back.pop("unassigned")
            expected = DayTotals((count - unassigned, total - unassigned_vnd), cash.get(day, (0, 0)), **back)
            found = stored.get(day, DayTotals())
            if expected != found:
                self._report.find(
                    f"stall {self._name(stall_id)}, {day}: the day's totals are {_worded(found)}, "
                    f"its rows add up to {_worded(expected)}"
                )


def _worded(totals: DayTotals) -> str:
    return ", ".join(f"{name} {count}/{vnd}" for name, (count, vnd) in totals._asdict().items() if count or vnd) or "0"


class _Wrong(IntFlag):
    """What may be wrong with one payment, whatever stands before it."""

    AMOUNT = 1
    RANGE = 2
    TIME = 4
    DAY = 8
    CREDIT = 16


@dataclass(slots=True)
class _Tally:
    """What the rows of one stall add up to."""

    last_number: int
    last_digest: bytes
    days: dict[date, tuple[int, int]]


def _payment_facts(session: Session, within: Range) -> Select[*tuple[Any, ...]]:
    """What the database can compare it compares. Last come the credit's digest as it is stored, its facts as texts."""
    sqlite = is_sqlite(session)
    wrong = [
        (_Wrong.AMOUNT, Payment.amount_vnd != Credit.amount_vnd),
        (_Wrong.RANGE, ~Payment.amount_vnd.between(AMOUNT_MIN_VND, AMOUNT_MAX_VND)),
        (_Wrong.TIME, Payment.paid_at != Credit.paid_at),
        (_Wrong.DAY, _day_of(Payment.paid_at, sqlite=sqlite) != Payment.market_day),
    ]
    return (
        select(
            Payment.stall_id,
            Payment.receipt_number,
            Payment.amount_vnd,
            type_coerce(Payment.market_day, String if sqlite else Date),
            _stamped(Payment.recorded_at, sqlite=sqlite),
            Payment.digest,
            reduce(add, (cast(differs, Integer) * kind.value for kind, differs in wrong)).label("wrong"),
            Credit.digest,
            *_credit_facts(sqlite=sqlite),
        )
        .join(Credit, Credit.id == Payment.credit_id)
        .where(within.holds(Payment.stall_id))
        .order_by(Payment.stall_id, Payment.receipt_number)
    )


def _credit_facts(*, sqlite: bool) -> list[Any]:
    """What a credit's digest covers, as texts, in its order."""
    return [_as_text(fact, getattr(Credit, fact.name), sqlite=sqlite) for fact in facts.CREDIT_FACTS]


def _as_text(fact: facts.Fact, column: Any, *, sqlite: bool) -> Any:
    if fact.kind is facts.MOMENT:
        return _stamped(column, sqlite=sqlite)
    return cast(column, String).label(f"{fact.name}_text") if fact.kind is facts.NUMBER else column


def _stamped(moment: Any, *, sqlite: bool) -> Any:
    """As `payments.recording.framing.stamp` writes it."""
    if sqlite:
        return func.replace(type_coerce(moment, String), " ", "T", type_=String) + literal("+00:00", String)
    return func.to_char(func.timezone("UTC", moment), framing.STAMP_FORMAT, type_=String)


def _day_of(moment: Any, *, sqlite: bool) -> Any:
    """The market day of a moment; Vietnam's clock is seven hours ahead, all year."""
    if sqlite:
        return func.date(type_coerce(moment, String), "+7 hours", type_=Date)
    return cast(func.timezone("Asia/Ho_Chi_Minh", moment), Date)


def _check_chain(report: Report, code: str, stall_id: int, rows: Iterator[Any]) -> _Tally:
    number, digest, total_vnd = 0, first_digest(stall_id), 0
    days: dict[Any, list[int]] = {}
    for row in rows:
        _, this, vnd, day, recorded_at, stored, wrong, of_credit, *texts = row
        if this != number + 1:
            report.find(f"stall {code}, receipt {this}: follows receipt {number}; numbers are missing or repeated")
        number = this
        found = framing.digest(texts)
        wrong += _Wrong.CREDIT if found != of_credit else 0
        if link_digest(digest, stall_id, number, found, recorded_at) != stored:
            report.find(
                f"stall {code}, receipt {number}: the chain is broken; this payment or one before it was changed"
            )
        # Go on from what is stored, so that one change is reported once.
        digest = stored
        if wrong:
            _report_wrong(report, f"stall {code}, receipt {number}", _Wrong(wrong), vnd, day)
        total_vnd += vnd
        totals = days.setdefault(day, [0, 0])
        totals[0] += 1
        totals[1] += vnd
        report.payments += 1
    report.payments_vnd += total_vnd
    return _Tally(number, digest, {_as_date(day): (count, vnd) for day, (count, vnd) in days.items()})


def _as_date(day: Any) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _report_wrong(report: Report, where: str, wrong: _Wrong, vnd: int, day: Any) -> None:
    sentences = {
        _Wrong.CREDIT: "its credit is not what the bank reported any more",
        _Wrong.AMOUNT: f"{vnd} đồng, but its credit says another amount",
        _Wrong.TIME: "its time of payment is not its credit's",
        _Wrong.RANGE: f"{vnd} đồng is no amount that a bank can transfer",
        _Wrong.DAY: f"counted on {day}, which is not the day of its payment",
    }
    for kind in wrong:
        report.find(f"{where}: {sentences[kind]}")


def _check_chain_head(report: Report, code: str, tally: _Tally, head: Any | None) -> None:
    if head is None:
        report.find(f"stall {code}: has payments and no chain head")
    elif (head.last_receipt_number, head.last_digest) != (tally.last_number, tally.last_digest):
        report.find(
            f"stall {code}: the chain head stands at receipt {head.last_receipt_number}, "
            f"the payments at {tally.last_number}; a payment was removed or added by the side"
        )


def _days(session: Session, within: Range) -> Iterator[tuple[int, _Stored]]:
    statement = select(
        StallDay.stall_id,
        StallDay.market_day,
        StallDay.payments_count,
        StallDay.payments_vnd,
        StallDay.cash_count,
        StallDay.cash_vnd,
        StallDay.refunds_count,
        StallDay.refunds_vnd,
        StallDay.reversals_count,
        StallDay.reversals_vnd,
        StallDay.cash_refund_count,
        StallDay.cash_refund_vnd,
    )
    ordered = statement.where(within.holds(StallDay.stall_id)).order_by(StallDay.stall_id, StallDay.market_day)
    for stall_id, rows in groupby(stream(session, ordered), key=attrgetter("stall_id")):
        yield stall_id, {row.market_day: DayTotals(*zip(row[2::2], row[3::2], strict=True)) for row in rows}


def _cash_by_stall(session: Session, within: Range) -> dict[int, dict[date, tuple[int, int]]]:
    """Cash sales by stall and day; a sale and the row that takes it back count for nothing, both on the sale's day."""
    undo = aliased(CashSale)
    statement = (
        select(
            CashSale.stall_id,
            CashSale.market_day,
            func.sum(case((undo.id.is_(None), 1), else_=0)),
            func.sum(case((undo.id.is_(None), CashSale.amount_vnd), else_=0)),
        )
        .outerjoin(undo, undo.undoes_id == CashSale.id)
        .where(CashSale.undoes_id.is_(None), within.holds(CashSale.stall_id))
        .group_by(CashSale.stall_id, CashSale.market_day)
    )
    found: dict[int, dict[date, tuple[int, int]]] = {}
    for stall_id, day, count, total in session.execute(statement):
        found.setdefault(stall_id, {})[day] = (int(count), int(total))
    return found


class _Grouped:
    """Days by stall in a stream sorted by stall, taken as far as another stream has come."""

    def __init__(self, stream: Iterator[tuple[int, _Stored]]) -> None:
        self._stream = stream
        self._ahead = next(stream, None)
        self.last_taken: int | None = None

    def up_to(self, stall_id: int) -> Iterator[tuple[int, _Stored]]:
        """All groups up to and with this stall."""
        while self._ahead is not None and self._ahead[0] <= stall_id:
            taken, self._ahead = self._ahead, next(self._stream, None)
            self.last_taken = taken[0]
            yield taken

    def rest(self) -> Iterator[tuple[int, _Stored]]:
        """All groups that are left."""
        while self._ahead is not None:
            taken, self._ahead = self._ahead, next(self._stream, None)
            yield taken
