"""Who is waiting for which stall's payments, and how they are woken.

One thread per process reads the chain heads of the watched stalls: at once when this process has recorded something,
else twice a second, so that what another process recorded is noticed as well. That is one primary-key look-up for all
open streams together. The receipt number is the only thing that is passed on: what a stream sends, it reads from the
database itself, so nothing can be lost between the two.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.engine import Database
from payments.recording.models import StallChainHead
from payments.recording.recorder import Recorder

ASK_EVERY_S = 0.5
STALLS_PER_QUESTION = 1_000
#: A phone that loses its connection leaves a stream behind that nobody hears, and comes back with another. Past this
#: number the oldest one of the stall gives its place to the newest, so that no stall can take the places of all.
STREAMS_PER_STALL = 8

log = structlog.get_logger()


class Watch:
    """Wakes one open stream when its stall has newer payments than the stream has sent."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        #: Whether the stream has to end: others of its stall took its place.
        self.ended = False

    def wake(self) -> None:
        """There is something new."""
        self._woken.set()

    def end(self) -> None:
        """Have the stream end."""
        self.ended = True
        self._woken.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it was woken within the time."""
        woken = self._woken.wait(timeout_s)
        self._woken.clear()
        return woken


class Hub:
    """One per process, woken by its recorder."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._lock = threading.Lock()
        #: The watches of each stall, the oldest first.
        self._watches: dict[int, list[Watch]] = {}
        self._known: dict[int, int] = {}
        self._something_recorded = threading.Event()
        self._pid: int | None = None
        recorder.on_recorded(self.recorded_here)

    def recorded_here(self) -> None:
        """This process has just committed payments."""
        self._something_recorded.set()

    def count(self, stall_id: int) -> int:
        """How many streams of a stall are open."""
        with self._lock:
            return len(self._watches.get(stall_id, ()))

    @contextmanager
    def watching(self, stall_id: int) -> Iterator[Watch]:
        """Be woken for a stall's payments while the block lasts."""
        watch = Watch()
        with self._lock:
            watches = self._watches.setdefault(stall_id, [])
            watches.append(watch)
            if len(watches) > STREAMS_PER_STALL:
                watches.pop(0).end()
            # A server that forks after loading us leaves its children without threads: the thread is of this process.
            if self._pid != os.getpid():
                threading.Thread(target=self._ask_for_ever, name="live-hub", daemon=True).start()
                self._pid = os.getpid()
        try:
            yield watch
        finally:
            with self._lock:
                self._leave(stall_id, watch)

    def _leave(self, stall_id: int, watch: Watch) -> None:
        watches = self._watches.get(stall_id, [])
        if watch in watches:
            watches.remove(watch)
        if not watches:
            self._watches.pop(stall_id, None)
            self._known.pop(stall_id, None)

    def _ask_for_ever(self) -> None:
        while True:
            self._something_recorded.wait(ASK_EVERY_S)
            self._something_recorded.clear()
            try:
                self._ask()
            except SQLAlchemyError as error:
                # The database is away. The streams end at their next look at it, and are resumed when it is back.
                log.warning("live_hub_cannot_read", reason=type(error).__name__)
                time.sleep(ASK_EVERY_S)
            except Exception:
                # This thread is the ears of all streams: nothing may end it.
                log.exception("live_hub_broke")
                time.sleep(ASK_EVERY_S)

    def _ask(self) -> None:
        with self._lock:
            stall_ids = sorted(self._watches)
        for start in range(0, len(stall_ids), STALLS_PER_QUESTION):
            wanted = stall_ids[start : start + STALLS_PER_QUESTION]
            statement = select(StallChainHead.stall_id, StallChainHead.last_receipt_number).where(
                StallChainHead.stall_id.in_(wanted)
            )
            with self._database.reading() as session:
                stands = session.execute(statement).all()
            for stall_id, number in stands:
                self._wake(stall_id, number)

    def _wake(self, stall_id: int, number: int) -> None:
        with self._lock:
            watches = self._watches.get(stall_id)
            if not watches or self._known.get(stall_id) == number:
                return
            self._known[stall_id] = number
            for watch in watches:
                watch.wake()
