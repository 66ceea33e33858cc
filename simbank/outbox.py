"""The outbox: credits and reversals wait in the bank's own database until the partner has taken them.

Their rows are written in the transaction that moves the money. `claim` groups waiting ones of a
kind into a message, or takes a message whose time has come, and moves its `due_at` to the end of a
lease before anything is sent: a process that is killed half-way leaves a message that falls due
again by itself. Several processes may claim at once; none gets another's message.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from .clock import Clock, iso
from .database import Database
from .models import Credit, Message, MessageState, MessageType, Reversal
from .numbers import NumberSource

BACKOFF_S = (1, 2, 5, 15, 60, 300, 900)
"""Waits after the first, second, … failure; the last one holds from then on."""
BACKOFF_JITTER = 0.2
RETRY_AFTER_MAX_S = 3_600

Item = TypeVar("Item", Credit, Reversal)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message under way: its stable id, its stable body, and which attempt this is."""

    message_id: str
    body: str
    attempt: int
    items: int
    signed_at: datetime | None = None
    """The moment that the proof states; the present one when None."""
    forged: bool = False
    """The proof is made with a key that is not ours."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `retry_after_s` is the partner's wish, in seconds; `signed_at` what the proof stated."""

    delivered: bool
    result: str
    retry_after_s: float | None = None
    signed_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Outbox:
    """Claims and settles messages. `lease_s` is longer than any attempt takes."""

    database: Database
    clock: Clock
    numbers: NumberSource
    lease_s: float
    batch: int
    rng: random.Random = field(default_factory=random.SystemRandom)

    def claim_fresh(self) -> Parcel | None:
        """Group credits that were never sent into a message and lease it; None when all were."""
        return self._claim_unsent(Credit, MessageType.CREDITS)

    def claim_reversals(self) -> Parcel | None:
        """Group reversals that were never sent into a message and lease it; None when all were."""
        return self._claim_unsent(Reversal, MessageType.REVERSALS)

    def claim_due(self) -> Parcel | None:
        """Lease the message that has been due longest; None when none is."""
        now = self.clock.now()
        due = (Message.state == MessageState.PENDING) & (Message.due_at <= now)
        with self.database.read() as session:
            if self._is_closed(session) or not session.scalar(select(exists().where(due))):
                return None
        with self.database.write() as session:
            message = session.scalar(
                select(Message).where(due).order_by(Message.due_at).limit(1).with_for_update(skip_locked=True)
            )
            if message is None:
                return None
            return self._lease(message, carried_by(session, message))

    def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Write down how an attempt ended, and when the next one is due."""
        now = self.clock.now()
        with self.database.write() as session:
            message = session.get_one(Message, parcel.message_id, with_for_update=True)
            if message.state == MessageState.DELIVERED or message.stopped:
                return
            message.signed_at = outcome.signed_at
            if outcome.delivered:
                message.state = MessageState.DELIVERED
                message.delivered_at = now
            # After its lease ran out, a slow attempt has no say over the attempt that follows.
            elif message.attempts == parcel.attempt:
                message.due_at = now + timedelta(seconds=self._wait_s(parcel, outcome))
            else:
                return
            message.last_result = outcome.result[:200]
            self._on_settled(session, message, outcome)

    def _claim_unsent(self, kind: type[Item], type_: MessageType) -> Parcel | None:
        unsent = kind.message_id.is_(None)
        while True:
            with self.database.read() as session:
                if self._is_closed(session) or not session.scalar(select(exists().where(unsent))):
                    return None
            with self.database.write() as session:
                waiting = session.scalars(
                    select(kind)
                    .where(unsent)
                    .order_by(kind.seq)
                    .limit(self.batch)
                    .with_for_update(skip_locked=True, of=kind)
                ).all()
                if not waiting:
                    return None
                message = self._make(session, type_, waiting)
                if self._may_leave(session, message, waiting):
                    return self._lease(message, waiting)

    def _is_closed(self, session: Session) -> bool:  # noqa: ARG002 -- for those who have a reason to close
        """Say whether nothing is to be claimed at the moment."""
        return False

    def _may_leave(self, session: Session, message: Message, carried: Sequence[Credit | Reversal]) -> bool:  # noqa: ARG002
        """Say whether a message that was just made is sent at once; else it has been said when it is due."""
        return True

    def _on_settled(self, session: Session, message: Message, outcome: Outcome) -> None:
        """Do what follows an attempt, in the transaction that settles it."""

    def _make(self, session: Session, type_: MessageType, carried: Sequence[Item]) -> Message:
        now = self.clock.now()
        message = Message(
            id=self.numbers.message_id(),
            type=type_,
            state=MessageState.PENDING,
            made_at=now,
            attempts=0,
            due_at=now,
        )
        session.add(message)
        session.flush()
        for item in carried:
            item.message_id = message.id
        return message

    def _lease(self, message: Message, carried: Sequence[Credit | Reversal]) -> Parcel:
        message.attempts += 1
        message.waits_for_next = False
        message.due_at = self.clock.now() + timedelta(seconds=self.lease_s)
        return Parcel(message.id, body_of(message, carried), message.attempts, len(carried))

    def _wait_s(self, parcel: Parcel, outcome: Outcome) -> float:
        step_s = BACKOFF_S[min(parcel.attempt, len(BACKOFF_S)) - 1]
        wait_s = step_s * (1 + self.rng.uniform(-BACKOFF_JITTER, BACKOFF_JITTER))
        if outcome.retry_after_s is None:
            return wait_s
        return min(max(wait_s, outcome.retry_after_s), RETRY_AFTER_MAX_S)


def carried_by(session: Session, message: Message) -> Sequence[Credit | Reversal]:
    """Return what a message carries, in the order in which it was told first."""
    if message.type == MessageType.CREDITS:
        return session.scalars(select(Credit).where(Credit.message_id == message.id).order_by(Credit.seq)).all()
    return session.scalars(select(Reversal).where(Reversal.message_id == message.id).order_by(Reversal.seq)).all()


def body_of(message: Message, carried: Sequence[Credit | Reversal]) -> str:
    """Return a message's body, the same at every attempt."""
    name = "credits" if message.type == MessageType.CREDITS else "reversals"
    return json.dumps(
        {
            "type": message.type,
            "timestamp": iso(message.made_at),
            "data": {name: [_item_json(item) for item in carried]},
        },
        separators=(",", ":"),
    )


def _item_json(item: Credit | Reversal) -> dict[str, object]:
    return credit_json(item) | (item.told or {}) if isinstance(item, Credit) else reversal_json(item)


def credit_json(credit: Credit) -> dict[str, object]:
    """Return a credit as the books have it, in the partner's words."""
    return {
        "id": credit.id,
        "bank_ref": credit.bank_ref,
        "account_number": credit.account_number,
        "virtual_account": credit.virtual_account,
        "amount_vnd": credit.amount_vnd,
        "currency": "VND",
        "content": credit.content,
        "payer_bank_bin": credit.payer_bank_bin,
        "payer_name": credit.payer_name,
        "payer_ref": credit.payer_ref,
        "paid_at": iso(credit.paid_at),
    }


def reversal_json(reversal: Reversal) -> dict[str, object]:
    """Return a reversal as the partner is told of it."""
    return {
        "id": reversal.id,
        "credit_id": reversal.credit.id,
        "bank_ref": reversal.transfer.bank_ref,
        "account_number": reversal.credit.account_number,
        "amount_vnd": reversal.transfer.amount_vnd,
        "currency": "VND",
        "reason": reversal.reason,
        "booked_at": iso(reversal.transfer.made_at),
    }
