"""Faults of one attempt to send: more of it, at another time, with another's proof, or unheard answers."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from simbank.delivery import Sender
from simbank.limits import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from simbank.models import Message, MessageState
from simbank.outbox import Outcome, Parcel, body_of, carried_by

from .models import Fault
from .plan import Armed, FaultPlan, Strike

SKEW = timedelta(minutes=10)
REPLAYED_AFTER = timedelta(minutes=10)
"""Only a message that is older than this is replayed: by then its proof must have run out."""

_PLAYED = (Fault.FORGED, Fault.CLOCK_SKEW, Fault.DUPLICATE, Fault.REPLAYED, Fault.ANSWER_IGNORED)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a fault sends, and its line in the log."""

    event_id: int
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class FaultySender:
    """A sender that plays the plan's faults around another one's attempts."""

    inner: Sender
    plan: FaultPlan

    def send(self, parcel: Parcel) -> Outcome:
        """Send, and what else the plan says. The outcome is that of the true attempt."""
        drawn = self._draw(parcel)
        self._also(drawn.get(Fault.FORGED))
        skewed = drawn.get(Fault.CLOCK_SKEW)
        outcome = self.inner.send(skewed.parcel if skewed else parcel)
        if skewed:
            self.plan.note(skewed.event_id, outcome.result)
        self._also(drawn.get(Fault.DUPLICATE))
        self._also(drawn.get(Fault.REPLAYED))
        ignored = drawn.get(Fault.ANSWER_IGNORED)
        if ignored is None:
            return outcome
        self.plan.note(ignored.event_id, outcome.result)
        return replace(outcome, delivered=False, result="no answer in time")

    def _also(self, drawn: _Drawn | None) -> None:
        if drawn is not None:
            self.plan.note(drawn.event_id, self.inner.send(drawn.parcel).result)

    def _draw(self, parcel: Parcel) -> dict[Fault, _Drawn]:
        with self.plan.armed(*_PLAYED) as armed:
            if armed is None:
                return {}
            old = _old_message(armed, parcel)
            drawn: dict[Fault, _Drawn] = {}
            for fault in _PLAYED:
                # With nothing old enough there is nothing to replay yet.
                if fault == Fault.REPLAYED and old is None:
                    continue
                strike = armed.strike(fault, message_id=parcel.message_id)
                if strike is not None:
                    drawn[fault] = _Drawn(strike.event.id, _played(armed, fault, strike, parcel, old))
            return drawn


def _played(armed: Armed, fault: Fault, strike: Strike, parcel: Parcel, old: Message | None) -> Parcel:
    if fault == Fault.FORGED:
        return replace(parcel, body=_forged(parcel.body), forged=True)
    if fault == Fault.CLOCK_SKEW:
        skew = strike.rng.choice([SKEW, -SKEW])
        strike.event.note = f"{skew.total_seconds():+g} s"
        return replace(parcel, signed_at=armed.now + skew)
    if fault == Fault.REPLAYED:
        assert old is not None, "nothing is replayed before there is something"
        strike.event.note = old.id
        return _as_it_was(armed.session, old)
    return parcel


def _old_message(armed: Armed, parcel: Parcel) -> Message | None:
    """Return the message that was delivered last among those that are old; it is as it was sent."""
    return armed.session.scalar(
        select(Message)
        .where(
            Message.state == MessageState.DELIVERED,
            Message.stopped.is_(None),
            Message.id != parcel.message_id,
            func.coalesce(Message.signed_at, Message.delivered_at) <= armed.now - REPLAYED_AFTER,
        )
        .order_by(Message.delivered_at.desc(), Message.id)
        .limit(1)
    )


def _as_it_was(session: Session, message: Message) -> Parcel:
    carried = carried_by(session, message)
    signed_at = message.signed_at or message.delivered_at
    return Parcel(message.id, body_of(message, carried), message.attempts, len(carried), signed_at=signed_at)


def _forged(body: str) -> str:
    """Return a message that says of its first item that it is as large as can be."""
    message = json.loads(body)
    [items] = message["data"].values()
    items[0]["amount_vnd"] = AMOUNT_MIN_VND if items[0]["amount_vnd"] == AMOUNT_MAX_VND else AMOUNT_MAX_VND
    return json.dumps(message, separators=(",", ":"))
