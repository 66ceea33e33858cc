"""The outbox: credits wait in the bank's own database until the partner has taken them.

A credit row is written in the transaction that moves the money. `claim` groups waiting credits
into a message, or takes a message whose time has come, and moves its `due_at` to the end of a
lease before anything is sent: a process that is killed half-way leaves a message that falls due
again by itself. Several processes may claim at once; none gets another's message.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from .clock import Clock, iso
from .database import Database
from .models import Credit, Message, MessageState
from .numbers import NumberSource

BACKOFF_S = (1, 2, 5, 15, 60, 300, 900)
"""Waits after the first, second, … failure; the last one holds from then on."""
BACKOFF_JITTER = 0.2
RETRY_AFTER_MAX_S = 3_600


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message under way: its stable id, its stable body, and which attempt this is."""

    message_id: str
    body: str
    attempt: int
    credits: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `retry_after_s` is the partner's wish, in seconds."""

    delivered: bool
    result: str
    retry_after_s: float | None = None


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
        with self.database.read() as session:
            if not session.scalar(select(exists().where(Credit.message_id.is_(None)))):
                return None
        with self.database.write() as session:
            waiting = session.scalars(
                select(Credit)
                .where(Credit.message_id.is_(None))
                .order_by(Credit.seq)
                .limit(self.batch)
                .with_for_update(skip_locked=True)
            ).all()
            if not waiting:
                return None
            now = self.clock.now()
            message = Message(
                id=self.numbers.message_id(),
                state=MessageState.PENDING,
                made_at=now,
                attempts=0,
                due_at=now,
            )
            session.add(message)
            session.flush()
            for credit in waiting:
                credit.message_id = message.id
            return self._lease(message, waiting)

    def claim_due(self) -> Parcel | None:
        """Lease the message that has been due longest; None when none is."""
        now = self.clock.now()
        due = (Message.state == MessageState.PENDING) & (Message.due_at <= now)
        with self.database.read() as session:
            if not session.scalar(select(exists().where(due))):
                return None
        with self.database.write() as session:
            message = session.scalar(
                select(Message).where(due).order_by(Message.due_at).limit(1).with_for_update(skip_locked=True)
            )
            if message is None:
                return None
            return self._lease(message, _credits_of(session, message))

    def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Write down how an attempt ended, and when the next one is due."""
        now = self.clock.now()
        with self.database.write() as session:
            message = session.get_one(Message, parcel.message_id, with_for_update=True)
            if message.state == MessageState.DELIVERED:
                return
            if outcome.delivered:
                message.state = MessageState.DELIVERED
                message.delivered_at = now
                message.last_result = outcome.result[:200]
            # After its lease ran out, a slow attempt has no say over the attempt that follows.
            elif message.attempts == parcel.attempt:
                message.due_at = now + timedelta(seconds=self._wait_s(parcel, outcome))
                message.last_result = outcome.result[:200]

    def _lease(self, message: Message, carried: Sequence[Credit]) -> Parcel:
        message.attempts += 1
        message.due_at = self.clock.now() + timedelta(seconds=self.lease_s)
        return Parcel(message.id, _body(message, carried), message.attempts, len(carried))

    def _wait_s(self, parcel: Parcel, outcome: Outcome) -> float:
        step_s = BACKOFF_S[min(parcel.attempt, len(BACKOFF_S)) - 1]
        wait_s = step_s * (1 + self.rng.uniform(-BACKOFF_JITTER, BACKOFF_JITTER))
        if outcome.retry_after_s is None:
            return wait_s
        return min(max(wait_s, outcome.retry_after_s), RETRY_AFTER_MAX_S)


def _credits_of(session: Session, message: Message) -> Sequence[Credit]:
    return session.scalars(select(Credit).where(Credit.message_id == message.id).order_by(Credit.seq)).all()


def _body(message: Message, carried: Sequence[Credit]) -> str:
    return json.dumps(
        {
            "type": "credits.received",
            "timestamp": iso(message.made_at),
            "data": {"credits": [credit_json(credit) for credit in carried]},
        },
        separators=(",", ":"),
    )


def credit_json(credit: Credit) -> dict[str, object]:
    """Return a credit as the partner is told of it."""
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
