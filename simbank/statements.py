"""Statements: what was booked on the accounts that are reported to the partner.

A line is one side of a transfer. Lines are told apart by `line_id` and stand in booking order. Money
that the house brought in when an account was opened is no line: it belongs to the opening balance.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from .clock import iso
from .models import (
    Account,
    Credit,
    LedgerEntry,
    Refund,
    Reversal,
    Transfer,
    TransferKind,
    UtcDateTime,
    VirtualAccount,
)
from .numbers import BANK_BIN

CURRENCY = "VND"
_READ_AT_ONCE = 500
_ENTRY_ID_MAX = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One booking on one account, in the order of the partner's API and of the CSV.

    `credit_id` is the credit that was reported, or of which this money went back. The payer is who sent
    this money: of a refund's or a reversal's debit that is the account itself.
    """

    line_id: str
    account_number: str
    virtual_account: str | None
    direction: str
    kind: str
    amount_vnd: int
    currency: str
    booked_at: datetime
    bank_ref: str
    credit_id: str | None
    refund_request_id: str | None
    content: str
    payer_bank_bin: str
    payer_name: str
    payer_ref: str
    payee_name: str

    def as_told(self) -> dict[str, Any]:
        """Return the line as JSON has it; the payee's name is for documents that name both sides."""
        told = {name: getattr(self, name) for name in FIELDS}
        return told | {"booked_at": iso(self.booked_at)}


FIELDS = tuple(field.name for field in fields(Line) if field.name != "payee_name")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a statement: after the line of this moment and number."""

    booked_at: datetime
    entry_id: int

    def __str__(self) -> str:
        """Return the cursor as the partner carries it."""
        return f"{(self.booked_at - _EPOCH) // _MICROSECOND}-{self.entry_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Return the cursor that `text` stands for. Raises ValueError when it is none."""
        moment, _, entry_id = text.partition("-")
        if not (text.isascii() and moment.isdigit() and entry_id.isdigit()) or int(entry_id) > _ENTRY_ID_MAX:
            raise ValueError("not a cursor")
        try:
            return cls(_EPOCH + int(moment) * _MICROSECOND, int(entry_id))
        except OverflowError:
            raise ValueError("not a cursor") from None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and where to go on; no cursor when there are no more."""

    lines: list[Line]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account's day: both balances, in đồng, are the books' own."""

    account_number: str
    holder_name: str
    opening_vnd: int
    closing_vnd: int
    lines: list[Line]


def page(session: Session, start: datetime, end: datetime, after: Cursor | None, limit: int) -> Page:
    """Return up to `limit` lines booked from `start` on and before `end`, over all accounts, oldest first."""
    query = _lines(start, end).order_by(LedgerEntry.booked_at, LedgerEntry.id).limit(limit + 1)
    if after is not None:
        place = (literal(after.booked_at, UtcDateTime()), literal(after.entry_id))
        query = query.where(tuple_(LedgerEntry.booked_at, LedgerEntry.id) > tuple_(*place))
    rows = session.execute(query).all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page([_line(row) for row in shown], Cursor(shown[-1].booked_at, shown[-1].entry_id) if more else None)


def account_days(session: Session, start: datetime, end: datetime) -> Iterator[AccountDay]:
    """Yield each account's day between two moments, in the order in which the accounts were opened.

    An account without bookings has its day too. Lines are read as they are asked for, and of one
    account at a time.
    """
    accounts = session.execute(_accounts(start, end)).all()
    rows = session.execute(
        _lines(start, end)
        .order_by(LedgerEntry.account_id, LedgerEntry.booked_at, LedgerEntry.id)
        .execution_options(yield_per=_READ_AT_ONCE)
    )
    groups = groupby(rows, key=lambda row: row.account_id)
    account_id, group = next(groups, (None, iter(())))
    for account in accounts:
        lines: list[Line] = []
        moved_vnd = 0
        if account.id == account_id:
            for row in group:
                lines.append(_line(row))
                moved_vnd += row.amount_vnd
            account_id, group = next(groups, (None, iter(())))
        opening_vnd = account.before_vnd + account.brought_in_vnd
        yield AccountDay(account.number, account.holder_name, opening_vnd, opening_vnd + moved_vnd, lines)


def as_csv(days: Iterable[AccountDay]) -> Iterator[bytes]:
    """Yield a header and one row for each line: comma, CRLF, UTF-8, nothing where nothing is known."""
    yield _csv_row(FIELDS)
    for day in days:
        for line in day.lines:
            yield _csv_row(line.as_told().values())


def _csv_row(values: Iterable[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue().encode()


def _accounts(start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    """Return the reported accounts of that time: what they held before, and what the house brought in."""
    of_account = LedgerEntry.account_id == Account.id
    before = (
        select(LedgerEntry.balance_after_vnd)
        .where(of_account, LedgerEntry.booked_at < start)
        .order_by(LedgerEntry.booked_at.desc(), LedgerEntry.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    brought_in = (
        select(func.sum(LedgerEntry.amount_vnd))
        .join(Transfer, Transfer.id == LedgerEntry.transfer_id)
        .where(of_account, _within(start, end), Transfer.kind == TransferKind.OPENING)
        .scalar_subquery()
    )
    return (
        select(
            Account.id,
            Account.number,
            Account.holder_name,
            func.coalesce(before, 0).label("before_vnd"),
            func.coalesce(brought_in, 0).label("brought_in_vnd"),
        )
        .where(Account.reported, Account.opened_at < end)
        .order_by(Account.id)
    )


def _within(start: datetime, end: datetime) -> ColumnElement[bool]:
    return (LedgerEntry.booked_at >= start) & (LedgerEntry.booked_at < end)


def _lines(start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    own, payer, payee, returned = aliased(Account), aliased(Account), aliased(Account), aliased(Credit)
    return (
        select(
            LedgerEntry.id.label("entry_id"),
            LedgerEntry.account_id,
            LedgerEntry.amount_vnd,
            LedgerEntry.booked_at,
            own.number.label("account_number"),
            Transfer.kind,
            Transfer.bank_ref,
            Transfer.content,
            VirtualAccount.number.label("paid_virtual"),
            Credit.id.label("paid_credit_id"),
            returned.id.label("returned_credit_id"),
            returned.virtual_account.label("returned_virtual"),
            Refund.request_id,
            payer.holder_name.label("payer_name"),
            payer.payer_ref,
            payee.holder_name.label("payee_name"),
        )
        .join(own, own.id == LedgerEntry.account_id)
        .join(Transfer, Transfer.id == LedgerEntry.transfer_id)
        .join(payer, payer.id == Transfer.payer_id)
        .join(payee, payee.id == Transfer.payee_id)
        .outerjoin(VirtualAccount, VirtualAccount.id == Transfer.virtual_account_id)
        .outerjoin(Credit, Credit.transfer_id == Transfer.id)
        .outerjoin(Refund, Refund.transfer_id == Transfer.id)
        .outerjoin(Reversal, Reversal.transfer_id == Transfer.id)
        .outerjoin(returned, returned.seq == func.coalesce(Refund.credit_seq, Reversal.credit_seq))
        .where(own.reported, Transfer.kind != TransferKind.OPENING, _within(start, end))
    )


def _line(row: Row[Any]) -> Line:
    came_in = row.amount_vnd > 0
    virtual_account, credit_id = _credit_of(row, came_in=came_in)
    return Line(
        line_id=str(row.entry_id),
        account_number=row.account_number,
        virtual_account=virtual_account,
        direction="credit" if came_in else "debit",
        kind=row.kind,
        amount_vnd=abs(row.amount_vnd),
        currency=CURRENCY,
        booked_at=row.booked_at,
        bank_ref=row.bank_ref,
        credit_id=credit_id,
        refund_request_id=row.request_id,
        content=row.content,
        payer_bank_bin=BANK_BIN,
        payer_name=row.payer_name,
        payer_ref=row.payer_ref,
        payee_name=row.payee_name,
    )


def _credit_of(row: Row[Any], *, came_in: bool) -> tuple[str | None, str | None]:
    """Return virtual account and credit, on the side of the account that was credited alone."""
    if row.kind == TransferKind.TRANSFER:
        return (row.paid_virtual, row.paid_credit_id) if came_in else (None, None)
    return (None, None) if came_in else (row.returned_virtual, row.returned_credit_id)
