"""Who is waiting for which stall's payments, and how they are woken.

One thread per process asks the database where the ledgers of the watched stalls stand: at once when this process has
recorded something, else twice a second, so that what another process recorded is heard as well. The question is one
primary-key look-up for all open streams together. The receipt number is the only thing that is passed on: what a
stream sends, it reads from the database itself, so nothing can be lost between the two.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from market.database import Database
from payments.recording.models import StallLedger

ASK_EVERY_S = 0.5
STALLS_PER_QUESTION = 1_000

log = structlog.get_logger()


class Watch:
    """One open stream's ear: set when its stall has newer payments than the stream has been told of."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def wake(self) -> None:
        """There is something new."""
        self._woken.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether something new came within the time."""
        woken = self._woken.wait(timeout_s)
        self._woken.clear()
        return woken


class Hub:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._watches: dict[int, set[Watch]] = defaultdict(set)
        self._known: dict[int, int] = {}
        self._something_recorded = threading.Event()
        self._pid: int | None = None

    def recorded_here(self) -> None:
        """This process has just committed payments."""
        self._something_recorded.set()

    @contextmanager
    def watching(self, stall_id: int) -> Iterator[Watch]:
        """Be woken for a stall's payments while the block lasts."""
        watch = Watch()
        with self._lock:
            self._watches[stall_id].add(watch)
            if self._pid != os.getpid():
                threading.Thread(target=self._ask_for_ever, name="live-hub", daemon=True).start()
                self._pid = os.getpid()
        try:
            yield watch
        finally:
            with self._lock:
                self._watches[stall_id].discard(watch)
                if not self._watches[stall_id]:
                    del self._watches[stall_id]
                    self._known.pop(stall_id, None)

    def _ask_for_ever(self) -> None:
        while True:
            self._something_recorded.wait(ASK_EVERY_S)
            self._something_recorded.clear()
            try:
                self._ask()
            except SQLAlchemyError as error:
                # The database is away; the streams stay open and hear what they missed when it is back.
                log.warning("live_hub_cannot_read", reason=type(error).__name__)
                time.sleep(ASK_EVERY_S)

    def _ask(self) -> None:
        with self._lock:
            stall_ids = sorted(self._watches)
        for start in range(0, len(stall_ids), STALLS_PER_QUESTION):
            wanted = stall_ids[start : start + STALLS_PER_QUESTION]
            statement = select(StallLedger.stall_id, StallLedger.last_receipt_number).where(
                StallLedger.stall_id.in_(wanted)
            )
            with self._database.reading() as session:
                stands = session.execute(statement).all()
            for stall_id, number in stands:
                self._tell(stall_id, number)

    def _tell(self, stall_id: int, number: int) -> None:
        with self._lock:
            if self._known.get(stall_id) == number:
                return
            self._known[stall_id] = number
            for watch in self._watches.get(stall_id, ()):
                watch.wake()


def init_app(app: Flask) -> None:
    """Give the application its hub, woken by its recorder."""
    app.extensions["live_hub"] = Hub(app.extensions["database"])
    app.extensions["recorder"].on_recorded(app.extensions["live_hub"].recorded_here)


def hub() -> Hub:
    """The hub of the application in hand."""
    found: Hub = current_app.extensions["live_hub"]
    return found
