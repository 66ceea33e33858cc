"""`payments verify`: re-checks every invariant of the money over all that is stored.

It reads in streams ordered by stall, in one reading transaction, so that its memory does not grow with the number of
payments and credits recorded meanwhile do not confuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from market import clock
from market.database import Database
from market.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from payments.cash.models import CashSale
from payments.recording.chain import Link, credit_digest, first_digest, next_digest
from payments.recording.models import Credit, Payment, StallDay, StallLedger, UnmatchedCredit
from vendors.stalls.models import Stall, StallOperation, StallStatus

#: Findings that are told one by one; the rest are counted.
FINDINGS_SHOWN = 50
ROWS_AT_ONCE = 5_000
#: What a credit's digest covers, by the names that `credit_digest` asks for.
CREDIT_FACTS = (
    Credit.gateway,
    Credit.external_id,
    Credit.bank_ref,
    Credit.bank_bin,
    Credit.account_number,
    Credit.virtual_account,
    Credit.amount_vnd,
    Credit.content,
    Credit.payer_bank_bin,
    Credit.payer_name,
    Credit.payer_ref,
    Credit.paid_at,
    Credit.digest.label("credit_digest"),
)


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong. `findings` are sentences; `broken` counts all of them."""

    credits: int = 0
    payments: int = 0
    unmatched: int = 0
    stalls: int = 0
    payments_vnd: int = 0
    broken: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken == 0

    def find(self, sentence: str) -> None:
        """Note something that is wrong."""
        self.broken += 1
        if len(self.findings) < FINDINGS_SHOWN:
            self.findings.append(sentence)


def verify(database: Database, progress: Callable[[int], None] | None = None) -> Report:
    """Check everything; `progress` hears how many payments were read since it last heard."""
    report = Report()
    with database.reading() as session:
        if not database.is_sqlite:
            # SQLite reads one snapshot anyway; PostgreSQL only when asked to.
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        _check_credits(session, report)
        _check_unmatched(session, report)
        _check_cash(session, report)
        _check_places(session, report)
        _check_operations(session, report)
        _check_chains_and_days(session, report, progress or (lambda _count: None))
    return report


def _check_credits(session: Session, report: Report) -> None:
    """Every credit is booked to one stall or waits on the work list, never both, never neither."""
    report.credits = session.scalar(select(func.count()).select_from(Credit)) or 0
    report.unmatched = session.scalar(select(func.count()).select_from(UnmatchedCredit)) or 0
    statement = (
        select(Credit.id, Credit.gateway, Credit.external_id, Payment.id, UnmatchedCredit.credit_id)
        .outerjoin(Payment, Payment.credit_id == Credit.id)
        .outerjoin(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
        .where(
            or_(
                (Payment.id.is_(None)) & (UnmatchedCredit.credit_id.is_(None)),
                (Payment.id.is_not(None)) & (UnmatchedCredit.credit_id.is_not(None)),
            )
        )
    )
    for _id, gateway, external_id, payment_id, _waiting in session.execute(statement):
        where = "nowhere" if payment_id is None else "twice: with a stall and on the work list"
        report.find(f"credit {gateway}/{external_id} stands {where}")
    doubles = select(Credit.gateway, Credit.external_id).group_by(Credit.gateway, Credit.external_id)
    for gateway, external_id in session.execute(doubles.having(func.count() > 1)):
        report.find(f"credit {gateway}/{external_id} was recorded more than once")


def _check_unmatched(session: Session, report: Report) -> None:
    """What waits for a person is what the bank reported; a payment's credit is checked with its chain."""
    statement = select(*CREDIT_FACTS).join(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
    for row in _stream(session, statement):
        if credit_digest(row.gateway, row) != row.credit_digest:
            report.find(f"credit {row.gateway}/{row.external_id}: is not what the bank reported any more")


def _check_places(session: Session, report: Report) -> None:
    """Every row about a stall's money names the stall's own market; reports by market sum up these rows."""
    for table in (Payment, StallDay, StallLedger, CashSale):
        statement = (
            select(Stall.code, func.count())
            .join_from(table, Stall, Stall.id == table.stall_id)
            .where(table.market_id != Stall.market_id)
            .group_by(Stall.code)
            .order_by(Stall.code)
        )
        for code, count in session.execute(statement):
            report.find(f"stall {code}: {count} rows of {table.__tablename__} name another market")


def _check_operations(session: Session, report: Report) -> None:
    """A stall in operation has one open stretch of days, another none; every denominator is counted from these."""
    stretches = func.count(StallOperation.id)
    statement = (
        select(Stall.code, Stall.status, stretches)
        .outerjoin(StallOperation, (StallOperation.stall_id == Stall.id) & StallOperation.until_day.is_(None))
        .group_by(Stall.id, Stall.code, Stall.status)
        .having(stretches != case((Stall.status == StallStatus.ACTIVE, 1), else_=0))
        .order_by(Stall.code)
    )
    for code, status, count in session.execute(statement):
        report.find(f"stall {code}: is {status}, and has {count} open stretches of operation")


def _check_cash(session: Session, report: Report) -> None:
    """Every row that takes a cash sale back says the same as the sale, and none takes back another such row."""
    undo = aliased(CashSale)
    statement = (
        select(CashSale.id, undo.id)
        .join(undo, undo.undoes_id == CashSale.id)
        .where(
            or_(
                undo.stall_id != CashSale.stall_id,
                undo.market_day != CashSale.market_day,
                undo.amount_vnd != CashSale.amount_vnd,
                CashSale.undoes_id.is_not(None),
            )
        )
        .order_by(undo.id)
    )
    for sale_id, undo_id in session.execute(statement):
        report.find(f"cash sale {sale_id}: row {undo_id} takes it back and does not fit it")
    for row in _stream(session, select(CashSale.id, CashSale.sold_at, CashSale.market_day)):
        if row.market_day != clock.market_day(row.sold_at):
            report.find(f"cash sale {row.id}: counted on {row.market_day}, sold on {clock.market_day(row.sold_at)}")


@dataclass(slots=True)
class _Tally:
    """What the rows of one stall add up to."""

    last_number: int
    last_digest: bytes
    days: dict[date, tuple[int, int]]


def _check_chains_and_days(session: Session, report: Report, progress: Callable[[int], None]) -> None:
    """Stall by stall: numbers without a gap, digests that follow, a ledger and days that agree with the rows."""
    ledgers = {row.stall_id: row for row in session.scalars(select(StallLedger))}
    codes = {row.id: row.code for row in session.execute(select(Stall.id, Stall.code))}
    cash = _cash_by_stall(session)
    days = _Grouped(_days(session))
    seen: set[int] = set()
    for stall_id, rows in groupby(_stream(session, _payment_facts()), key=lambda row: row.stall_id):
        seen.add(stall_id)
        tally = _check_chain(report, codes.get(stall_id, f"#{stall_id}"), stall_id, rows, progress)
        _check_ledger(report, codes.get(stall_id, f"#{stall_id}"), tally, ledgers.get(stall_id))
        for other_id, stored in days.up_to(stall_id):
            paid = tally.days if other_id == stall_id else {}
            _check_days(report, codes.get(other_id, f"#{other_id}"), paid, cash.pop(other_id, {}), stored)
        if days.last_taken != stall_id:
            _check_days(report, codes.get(stall_id, f"#{stall_id}"), tally.days, cash.pop(stall_id, {}), {})
    for stall_id, stored in days.rest():
        _check_days(report, codes.get(stall_id, f"#{stall_id}"), {}, cash.pop(stall_id, {}), stored)
    for stall_id, sales in cash.items():
        _check_days(report, codes.get(stall_id, f"#{stall_id}"), {}, sales, {})
    for stall_id, ledger in ledgers.items():
        if stall_id not in seen and (ledger.last_receipt_number or ledger.last_digest != first_digest(stall_id)):
            report.find(f"stall {codes.get(stall_id)}: the ledger counts payments that are not there")
    report.stalls = len(seen)


def _payment_facts() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Payment.stall_id,
            Payment.receipt_number,
            Payment.amount_vnd.label("payment_vnd"),
            Payment.paid_at.label("payment_paid_at"),
            Payment.market_day,
            Payment.recorded_at,
            Payment.digest,
            *CREDIT_FACTS,
        )
        .join(Credit, Credit.id == Payment.credit_id)
        .order_by(Payment.stall_id, Payment.receipt_number)
    )


def _check_chain(
    report: Report, code: str, stall_id: int, rows: Iterator[Any], progress: Callable[[int], None]
) -> _Tally:
    tally = _Tally(0, first_digest(stall_id), {})
    for row in rows:
        report.payments += 1
        report.payments_vnd += row.payment_vnd
        if report.payments % ROWS_AT_ONCE == 0:
            progress(ROWS_AT_ONCE)
        where = f"stall {code}, receipt {row.receipt_number}"
        if row.receipt_number != tally.last_number + 1:
            report.find(f"{where}: follows receipt {tally.last_number}; numbers are missing or repeated")
        tally.last_number = row.receipt_number
        link = Link(stall_id, row.receipt_number, credit_digest(row.gateway, row), row.recorded_at)
        if next_digest(tally.last_digest, link) != row.digest:
            report.find(f"{where}: the chain is broken; this payment or one before it was changed")
        # Go on from what is stored, so that one change is told once.
        tally.last_digest = row.digest
        _check_payment(report, where, row)
        count, total = tally.days.get(row.market_day, (0, 0))
        tally.days[row.market_day] = (count + 1, total + row.payment_vnd)
    return tally


def _check_payment(report: Report, where: str, row: Any) -> None:
    if credit_digest(row.gateway, row) != row.credit_digest:
        report.find(f"{where}: its credit is not what the bank reported any more")
    if row.payment_vnd != row.amount_vnd:
        report.find(f"{where}: {row.payment_vnd} đồng, but its credit says {row.amount_vnd}")
    if row.payment_paid_at != row.paid_at:
        report.find(f"{where}: its time of payment is not its credit's")
    if not AMOUNT_MIN_VND <= row.payment_vnd <= AMOUNT_MAX_VND:
        report.find(f"{where}: {row.payment_vnd} đồng is no amount that a bank can transfer")
    if row.market_day != clock.market_day(row.payment_paid_at):
        report.find(f"{where}: counted on {row.market_day}, paid on {clock.market_day(row.payment_paid_at)}")


def _check_ledger(report: Report, code: str, tally: _Tally, ledger: StallLedger | None) -> None:
    if ledger is None:
        report.find(f"stall {code}: has payments and no ledger")
    elif (ledger.last_receipt_number, ledger.last_digest) != (tally.last_number, tally.last_digest):
        report.find(
            f"stall {code}: the ledger stands at receipt {ledger.last_receipt_number}, "
            f"the payments at {tally.last_number}; a payment was removed or added by the side"
        )


def _check_days(
    report: Report,
    code: str,
    paid: dict[date, tuple[int, int]],
    cash: dict[date, tuple[int, int]],
    stored: dict[date, tuple[int, int, int, int]],
) -> None:
    for day in sorted(paid.keys() | cash.keys() | stored.keys()):
        expected = (*paid.get(day, (0, 0)), *cash.get(day, (0, 0)))
        found = stored.get(day, (0, 0, 0, 0))
        if expected != found:
            report.find(f"stall {code}, {day}: the day's totals are {found}, its rows add up to {expected}")


def _days(session: Session) -> Iterator[tuple[int, dict[date, tuple[int, int, int, int]]]]:
    statement = select(
        StallDay.stall_id,
        StallDay.market_day,
        StallDay.payments_count,
        StallDay.payments_vnd,
        StallDay.cash_count,
        StallDay.cash_vnd,
    ).order_by(StallDay.stall_id, StallDay.market_day)
    for stall_id, rows in groupby(_stream(session, statement), key=lambda row: row.stall_id):
        yield stall_id, {row.market_day: tuple(row[2:6]) for row in rows}


def _cash_by_stall(session: Session) -> dict[int, dict[date, tuple[int, int]]]:
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
        .where(CashSale.undoes_id.is_(None))
        .group_by(CashSale.stall_id, CashSale.market_day)
    )
    found: dict[int, dict[date, tuple[int, int]]] = {}
    for stall_id, day, count, total in session.execute(statement):
        found.setdefault(stall_id, {})[day] = (int(count), int(total))
    return found


def _stream(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    return iter(session.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)))


class _Grouped:
    """Days by stall in a stream sorted by stall, taken as far as another stream has come."""

    def __init__(self, stream: Iterator[tuple[int, dict[date, tuple[int, int, int, int]]]]) -> None:
        self._stream = stream
        self._ahead = next(stream, None)
        self.last_taken: int | None = None

    def up_to(self, stall_id: int) -> Iterator[tuple[int, dict[date, tuple[int, int, int, int]]]]:
        """All groups up to and with this stall."""
        while self._ahead is not None and self._ahead[0] <= stall_id:
            taken, self._ahead = self._ahead, next(self._stream, None)
            self.last_taken = taken[0]
            yield taken

    def rest(self) -> Iterator[tuple[int, dict[date, tuple[int, int, int, int]]]]:
        """All groups that are left."""
        while self._ahead is not None:
            taken, self._ahead = self._ahead, next(self._stream, None)
            yield taken
