"""A stall's payments as server-sent events.

`id` is the receipt number, so a browser that lost its connection says by `Last-Event-ID` what it heard last and gets
the rest: from the payments' table, in order, each once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import orjson
from flask import Flask, Response, current_app, request
from flask_babel import lazy_gettext as _

from market.database import database
from market.errors import InvalidInput, Unavailable
from payments.live.hub import Hub, hub
from payments.recording.queries import PaymentView, last_receipt_number, payments_after

#: A comment goes out this often, so that a dead connection is noticed and its place given up.
HEARTBEAT_S = 15.0
#: After this long the stream ends, and the browser comes back by itself: whoever lost the right to listen is out.
STREAM_FOR_S = 600.0
#: What the browser waits before it comes back, in milliseconds.
COME_BACK_MS = 1_000
EVENTS_AT_ONCE = 100
RECEIPT_NUMBER_MAX = 2**53

#: Turns a payment into the event's data.
Describe = Callable[[PaymentView], dict[str, Any]]


class TooManyStreams(Unavailable):
    """All places for open streams are taken."""

    code = "too_many_streams"
    title = _("Too many screens are open")


def init_app(app: Flask, limit: int) -> None:
    """Bound the number of open streams in this process."""
    app.extensions["stream_places"] = threading.BoundedSemaphore(limit)


def asked_after() -> int | None:
    """The receipt number that the client heard last: by header, else by `?after=`; None when it says nothing."""
    given = request.headers.get("Last-Event-ID") or request.args.get("after")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and int(given) <= RECEIPT_NUMBER_MAX):
        raise InvalidInput({"after": [_("Give the number of the last receipt you have.")]})
    return int(given)


def stream(stall_id: int, after: int | None, describe: Describe) -> Response:
    """Answer with the stall's payments from `after` on, as they come; from now on when `after` is None.

    Raises `TooManyStreams`.
    """
    places: threading.BoundedSemaphore = current_app.extensions["stream_places"]
    if not places.acquire(blocking=False):
        raise TooManyStreams
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    events = _Events(app, hub(), places, stall_id, after, describe)
    response = Response(events, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    # Proxies that gather answers would hold a payment back.
    response.headers["X-Accel-Buffering"] = "no"
    return response


class _Events:
    """The stream itself; gives its place up exactly once, however it ends."""

    def __init__(
        self,
        app: Flask,
        hub_: Hub,
        places: threading.BoundedSemaphore,
        stall_id: int,
        after: int | None,
        describe: Describe,
    ) -> None:
        self._app, self._hub, self._places, self._stall_id, self._describe = app, hub_, places, stall_id, describe
        with app.app_context(), database().reading() as session:
            self._after = after if after is not None else last_receipt_number(session, stall_id)
        self._chunks = self._run()
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """Called by the server when the answer ends, for whatever reason, also before it began."""
        self._chunks.close()
        if self._open:
            self._open = False
            self._places.release()

    def _run(self) -> Generator[bytes, None, None]:
        until = time.monotonic() + STREAM_FOR_S
        with self._hub.watching(self._stall_id) as watch:
            yield f"retry: {COME_BACK_MS}\nid: {self._after}\n\n".encode()
            while time.monotonic() < until:
                events = self._next_events()
                yield from events
                if not events and not watch.wait(HEARTBEAT_S):
                    yield b":\n\n"

    def _next_events(self) -> list[bytes]:
        with self._app.app_context(), database().reading() as session:
            payments = payments_after(session, self._stall_id, self._after, EVENTS_AT_ONCE)
            events = [self._event(payment) for payment in payments]
        if payments:
            self._after = payments[-1].receipt_number
        return events

    def _event(self, payment: PaymentView) -> bytes:
        data = orjson.dumps(self._describe(payment)).decode()
        return f"id: {payment.receipt_number}\nevent: payment\ndata: {data}\n\n".encode()
