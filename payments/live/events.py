"""The events of a stream: for programs the payments alone, for a vendor's screen more.

A program gets one `payment` event for each payment, and comments that keep the connection alive. A screen cannot hear
comments, so its heartbeats are events, `today`, with the day's totals: a screen that hears none for a while knows
that its connection is dead, and one that lies open over midnight begins the new day. When it comes back, `start` says
first what it missed, so that it can say forty payments in one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy.orm import Session

from core.money import format_vnd
from payments.live.describe import describe, today_of, words_for_many
from payments.recording.queries import PaymentView, sum_after


def event(name: str, data: dict[str, Any], *, number: int | None = None) -> bytes:
    """One server-sent event; with a `number` the client comes back after it."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {orjson.dumps(data).decode()}\n\n".encode()


class Events:
    """For programs."""

    def opening(self, session: Session, stall_id: int, after: int) -> bytes:  # noqa: ARG002
        """What is sent first, before the payments that came after `after`."""
        return b""

    def payments(self, session: Session, payments: Sequence[PaymentView]) -> list[bytes]:
        """One event for each payment."""
        described = zip(payments, describe(session, payments), strict=True)
        return [event("payment", data, number=payment.receipt_number) for payment, data in described]

    def heartbeat(self, session: Session, stall_id: int) -> bytes:  # noqa: ARG002
        """What is sent when there has been no payment for a while."""
        return b":\n\n"


class ScreenEvents(Events):
    """For a vendor's screen."""

    def opening(self, session: Session, stall_id: int, after: int) -> bytes:
        """The day so far, and what came while the screen was away; `up_to` is the last receipt number of that."""
        count, total_vnd, last = sum_after(session, stall_id, after)
        missed = {
            "count": count,
            "amount_vnd": total_vnd,
            "amount": format_vnd(total_vnd),
            "words": words_for_many(count, total_vnd),
            "up_to": last,
        }
        return event("start", {"today": today_of(session, stall_id), "missed": missed if count else None})

    def heartbeat(self, session: Session, stall_id: int) -> bytes:
        """The day so far."""
        return event("today", today_of(session, stall_id))
