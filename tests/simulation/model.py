"""What should be: an account of the same story that the simulation keeps by itself, in plain dictionaries.

It hears what the application hears (the bank's messages, word by word) and what people do, and foretells each answer.
Nothing here calls the application; where both know a rule, it is written a second time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
PROOF_HOLDS_FOR = timedelta(minutes=5)
KINDS = ("payments", "cash", "refunds", "reversals", "cash_refund")


class Wrong(AssertionError):
    """The application did something else than it should."""


def day_of(moment: datetime) -> date:
    """The day in Vietnam."""
    return moment.astimezone(VIETNAM).date()


@dataclass(frozen=True, slots=True)
class Told:
    """A credit as the bank told of it; `amount_vnd` is None where the message lacks a good one."""

    id: str
    amount_vnd: int | None
    account_number: str
    virtual_account: str | None
    content: str
    paid_at: datetime

    @property
    def vnd(self) -> int:
        """Its amount, which is a good one."""
        assert self.amount_vnd is not None
        return self.amount_vnd


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A reversal as the bank told of it, by a message or on a statement, under the one reference of its booking."""

    bank_ref: str
    credit_id: str
    amount_vnd: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bank: whether its proof holds, and what it tells."""

    proven: bool
    credits: tuple[Told, ...] = ()
    reversals: tuple[TakenBack, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether every credit has an amount."""
        return all(one.amount_vnd for one in self.credits)

    @property
    def records(self) -> int:
        """How many credits and reversals it carries."""
        return len(self.credits) + len(self.reversals)


@dataclass(slots=True)
class Request:
    """A payment request."""

    public_id: str
    reference: str
    stall_id: int
    amount_vnd: int
    expires_at: datetime
    payload: str
    cancelled_at: datetime | None = None
    received_vnd: int = 0
    late_vnd: int = 0

    def state(self, moment: datetime) -> str:
        """What it is at a moment."""
        if self.received_vnd:
            if self.received_vnd == self.amount_vnd:
                return "paid"
            return "overpaid" if self.received_vnd > self.amount_vnd else "underpaid"
        if self.cancelled_at is not None:
            return "cancelled"
        return "open" if moment < self.expires_at else "expired"

    def ended_before(self, paid_at: datetime) -> bool:
        """Whether money of a moment is late."""
        return paid_at >= self.expires_at or (self.cancelled_at is not None and paid_at >= self.cancelled_at)


@dataclass(slots=True, eq=False)
class Payment:
    """A credit at a stall: its `number`-th."""

    told: Told
    stall_id: int
    number: int
    by_person: bool
    committed_vnd: int = 0
    reversed_vnd: int = 0
    unassigned: bool = False

    def may_give(self, amount_vnd: int) -> bool:
        """Whether so much of it may go back."""
        return self.reversed_vnd == 0 and self.committed_vnd + amount_vnd <= self.told.vnd


@dataclass(slots=True)
class Refund:
    """A refund, as far as we were told."""

    payment: Payment
    amount_vnd: int
    state: str


@dataclass(slots=True)
class CashRefund:
    """Cash given back."""

    id: int
    payment: Payment
    amount_vnd: int
    day: date
    undone: bool = False


@dataclass(slots=True)
class CashSale:
    """A sale for cash."""

    id: int
    stall_id: int
    amount_vnd: int
    day: date
    undone: bool = False


@dataclass
class Model:
    """Everything that is recorded, and everything that tells whose a credit is."""

    webhook_key: bytes
    #: By virtual account: its stall, and the reference of its code.
    virtual: dict[str, tuple[int, str]] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    holders: dict[str, set[int]] = field(default_factory=dict)
    #: Stalls whose code is live.
    coded: set[int] = field(default_factory=set)
    requests: dict[str, Request] = field(default_factory=dict)
    credits: dict[str, Told] = field(default_factory=dict)
    #: By stall, in the order of their numbers.
    payments: dict[int, list[Payment]] = field(default_factory=lambda: defaultdict(list))
    standing: dict[str, Payment] = field(default_factory=dict)
    #: The work list: why each credit is on it.
    unmatched: dict[str, str] = field(default_factory=dict)
    #: By the bank's reference.
    reversals: dict[str, TakenBack] = field(default_factory=dict)
    booked_reversals: set[str] = field(default_factory=set)
    refunds: dict[str, Refund] = field(default_factory=dict)
    cash_sales: list[CashSale] = field(default_factory=list)
    cash_refunds: list[CashRefund] = field(default_factory=list)
    #: By stall and day: count and đồng of each kind.
    days: dict[tuple[int, date], dict[str, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: {kind: [0, 0] for kind in KINDS})
    )

    def read(self, headers: dict[str, str], body: bytes, moment: datetime) -> Said:
        """A message as it came at a moment."""
        if not self._proven(headers, body, moment):
            return Said(proven=False)
        data = json.loads(body)["data"]
        return Said(
            proven=True,
            credits=tuple(_told(one) for one in data.get("credits", ())),
            reversals=tuple(_taken_back(one) for one in data.get("reversals", ())),
        )

    def _proven(self, headers: dict[str, str], body: bytes, moment: datetime) -> bool:
        stamp = headers["webhook-timestamp"]
        signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
        proof = base64.b64encode(hmac.digest(self.webhook_key, signed, hashlib.sha256)).decode()
        stated = datetime.fromtimestamp(int(stamp), moment.tzinfo)
        return headers["webhook-signature"] == f"v1,{proof}" and abs(moment - stated) <= PROOF_HOLDS_FOR

    def record(self, said: Said) -> dict[str, int]:
        """Take a message in; gives the counts that it is answered with."""
        new = [one for one in said.credits if self.record_credit(one)]
        taken_back = [one for one in said.reversals if self.record_reversal(one)]
        recorded = len(new) + len(taken_back)
        return {
            "recorded": recorded,
            "duplicates": said.records - recorded,
            "unmatched": sum(one.id in self.unmatched for one in new),
        }

    def record_reversal(self, one: TakenBack) -> bool:
        """Take a reversal in; says whether it is new."""
        if one.bank_ref in self.reversals:
            return False
        self.reversals[one.bank_ref] = one
        self._book_reversals(one.credit_id)
        return True

    def record_credit(self, told: Told) -> bool:
        """Take a credit in; says whether it is new."""
        if told.id in self.credits:
            return False
        self.credits[told.id] = told
        found = self._whose(told)
        if isinstance(found, str):
            self.unmatched[told.id] = found
        else:
            self._book(told, found, by_person=False)
            self._count_for_request(told, found)
        return True

    def _whose(self, told: Told) -> int | str:
        """The stall, or why there is none."""
        if told.virtual_account in self.virtual:
            return self.virtual[told.virtual_account][0]
        named = {stall for reference, stall in self.references.items() if reference in told.content}
        named |= {one.stall_id for one in self.requests.values() if one.reference in told.content}
        holders: set[int] = set()
        for number in (told.virtual_account, told.account_number):
            holders = holders or self.holders.get(number or "", set())
        if named and holders and not named & holders:
            return "contradiction"
        for stalls in (named, holders):
            if len(stalls) == 1:
                return next(iter(stalls))
        return "ambiguous" if named or holders else "no_match"

    def _book(self, told: Told, stall_id: int, *, by_person: bool) -> Payment:
        payment = Payment(told, stall_id, len(self.payments[stall_id]) + 1, by_person)
        self.payments[stall_id].append(payment)
        self.standing[told.id] = payment
        self.add(stall_id, day_of(told.paid_at), "payments", told.vnd)
        self._book_reversals(told.id)
        return payment

    def _count_for_request(self, told: Told, stall_id: int) -> None:
        named = [one for one in self.requests.values() if one.reference in told.content and one.stall_id == stall_id]
        if named:
            first = min(named, key=lambda one: told.content.index(one.reference))
            if first.ended_before(told.paid_at):
                first.late_vnd += told.vnd
            else:
                first.received_vnd += told.vnd

    def _book_reversals(self, credit_id: str) -> None:
        payment = self.standing.get(credit_id)
        for one in self.reversals.values():
            if payment is not None and one.credit_id == credit_id and one.bank_ref not in self.booked_reversals:
                self.booked_reversals.add(one.bank_ref)
                payment.reversed_vnd += one.amount_vnd
                self.add(payment.stall_id, day_of(one.booked_at), "reversals", one.amount_vnd)

    def assign(self, credit_id: str, stall_id: int) -> Payment:
        """A person gave a credit of the work list to a stall."""
        del self.unmatched[credit_id]
        return self._book(self.credits[credit_id], stall_id, by_person=True)

    def unassign(self, payment: Payment) -> None:
        """A person took that back."""
        payment.unassigned, payment.committed_vnd = True, payment.told.vnd
        del self.standing[payment.told.id]
        self.unmatched[payment.told.id] = "unassigned"
        self.add(payment.stall_id, day_of(payment.told.paid_at), "payments", -payment.told.vnd, count=-1)

    def hear_of_refund(self, request_id: str, state: str, booked_at: datetime | None) -> None:
        """We were told how a refund stands."""
        refund = self.refunds[request_id]
        if refund.state in {"done", "refused"} and state != refund.state:
            raise Wrong(f"refund {request_id} was {refund.state} and is {state}")
        if state == "done" and refund.state != "done":
            assert booked_at is not None
            self.add(refund.payment.stall_id, day_of(booked_at), "refunds", refund.amount_vnd)
        if state == "refused" and refund.state != "refused":
            refund.payment.committed_vnd -= refund.amount_vnd
        refund.state = state

    def add(self, stall_id: int, day: date, kind: str, amount_vnd: int, *, count: int = 1) -> None:
        """Add to a day's totals."""
        sums = self.days[stall_id, day][kind]
        sums[0] += count
        sums[1] += amount_vnd

    @property
    def every_payment(self) -> list[Payment]:
        """All of them, stall by stall."""
        return [one for stall_id in sorted(self.payments) for one in self.payments[stall_id]]


def _told(record: dict[str, Any]) -> Told:
    return Told(
        record["id"],
        record["amount_vnd"],
        record["account_number"],
        record["virtual_account"],
        record["content"],
        datetime.fromisoformat(record["paid_at"]),
    )


def _taken_back(record: dict[str, Any]) -> TakenBack:
    return TakenBack(
        record["bank_ref"], record["credit_id"], record["amount_vnd"], datetime.fromisoformat(record["booked_at"])
    )
