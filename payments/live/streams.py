"""A stall's payments as server-sent events.

`id` is the receipt number, so a browser that lost its connection says by `Last-Event-ID` what it heard last and gets
the rest: from the payments' table, in order, each once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import structlog
from flask import Response, request
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.database import read_session
from core.engine import Database
from core.errors import InvalidInput, Unavailable
from core.permissions.roles import Permission
from core.users.identity import asking_still
from core.web.guards import current_principal
from payments.live.container import Bounds, LiveContainer
from payments.live.events import Events
from payments.live.hub import Hub, Watch
from payments.recording.queries import last_receipt_number, payments_after
from vendors.stalls.models import Stall
from vendors.stalls.queries import place_of_stall

#: What the client waits before it comes back, in milliseconds.
COME_BACK_MS = 1_000
EVENTS_AT_ONCE = 100
RECEIPT_NUMBER_MAX = 2**53
RECEIPT_NUMBER_MAX_FIGURES = len(str(RECEIPT_NUMBER_MAX))

log = structlog.get_logger()


class TooManyStreams(Unavailable):
    """All places for open streams are taken."""

    code = "too_many_streams"
    title = _("Too many screens are open")


def stream(stall: Stall, events: Events) -> Response:
    """Answer with the stall's payments after the last one that the client has, as they come.

    A client that names none gets the payments from now on. None gets any once it may not read them any more. Raises
    `InvalidInput` for a number that the stall has not given yet, `TooManyStreams`, and what `Principal.require` raises.
    """
    place, still = place_of_stall(stall), asking_still()
    current_principal().require(Permission.PAYMENT_READ, place)
    last = last_receipt_number(read_session(), stall.id)
    after = _asked_after()
    if after is not None and after > last:
        # Waiting for that number would keep all payments up to it from the client.
        raise InvalidInput({"after": [_("This stall has no receipt with that number.")]})
    live = LiveContainer.current()
    bounds = live.streams
    if not bounds.places.acquire(blocking=False):
        raise TooManyStreams

    def may(session: Session) -> bool:
        return still(session).may(Permission.PAYMENT_READ, place)

    one = _Stream(live.database, live.hub, stall.id, events, may, last if after is None else after)
    response = Response(_Placed(bounds.places, one.run(bounds, new=after is None)), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    # Proxies that gather answers would hold a payment back.
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _asked_after() -> int | None:
    """The last receipt number that the client has: by header, else by `?after=`; None when it names none."""
    given = request.headers.get("Last-Event-ID") or request.args.get("after")
    if given is None:
        return None
    figures = given.isascii() and given.isdecimal() and len(given) <= RECEIPT_NUMBER_MAX_FIGURES
    if not figures or int(given) > RECEIPT_NUMBER_MAX:
        raise InvalidInput({"after": [_("Give the number of the last receipt you have.")]})
    return int(given)


class _Placed:
    """An answer's chunks, which hold a place while they last and give it up exactly once, however they end."""

    def __init__(self, places: threading.BoundedSemaphore, chunks: Generator[bytes, None, None]) -> None:
        self._places, self._chunks = places, chunks
        self._has_place = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """Called by the server when the answer ends, for whatever reason, also before it began."""
        self._chunks.close()
        if self._has_place:
            self._has_place = False
            self._places.release()


class _NoLonger(Exception):
    """Whoever listens has lost the right to."""


@dataclass(slots=True)
class _Stream:
    """What is sent to one client, after the last receipt number that it has, for as long as it `may` read it."""

    database: Database
    hub: Hub
    stall_id: int
    events: Events
    may: Callable[[Session], bool]
    after: int

    def run(self, bounds: Bounds, *, new: bool) -> Generator[bytes, None, None]:
        """The chunks. A `new` client learns where it stands, so that it misses nothing from here on."""
        stands = f"id: {self.after}\n" if new else ""
        with self.hub.watching(self.stall_id) as watch:
            try:
                yield f"retry: {COME_BACK_MS}\n{stands}\n".encode() + self._opening()
                yield from self._payments(watch, bounds)
            except _NoLonger:
                log.info("stream_ended_with_its_right", stall_id=self.stall_id)
            except SQLAlchemyError as error:
                # Whoever seems to listen must hear: without the database the stream ends, and the client comes back.
                log.warning("stream_cannot_read", reason=type(error).__name__)

    def _payments(self, watch: Watch, bounds: Bounds) -> Generator[bytes, None, None]:
        until = time.monotonic() + bounds.stream_for_s
        while not watch.ended and time.monotonic() < until:
            sent = self._next_events()
            yield from sent
            if not sent and not watch.wait(bounds.heartbeat_s):
                yield self._heartbeat()

    def _next_events(self) -> list[bytes]:
        with self.database.reading() as session:
            payments = payments_after(session, self.stall_id, self.after, EVENTS_AT_ONCE)
            if payments and not self.may(session):
                raise _NoLonger
            sent = self.events.payments(session, payments)
        if payments:
            self.after = payments[-1].receipt_number
        return sent

    def _opening(self) -> bytes:
        with self.database.reading() as session:
            return self.events.opening(session, self.stall_id, self.after)

    def _heartbeat(self) -> bytes:
        with self.database.reading() as session:
            if not self.may(session):
                raise _NoLonger
            return self.events.heartbeat(session, self.stall_id)
