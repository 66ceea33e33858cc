"""The recorder: requests hand it credits and wait; the writers of a process commit them in groups.

While one group is being made durable, the next one gathers in the queue, and goes on gathering for as long as more
come in every moment, so that what a transaction costs is shared by many. PostgreSQL is given the next group while it
still works on the one before; SQLite has one writer, whoever asks. A group that fails for a passing reason is
tried again whole; a group that fails for another is taken apart, so that one bad credit cannot take its neighbours
down.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from core.database import TRY_AGAIN
from core.engine import Database
from payments.gateways.errors import NotDurable
from payments.gateways.port import Recorded
from payments.recording import ledger
from payments.recording.ingest import Submission

#: Credits in one transaction; a submission is never split, so a group may be larger by one submission.
GROUP_CREDITS_MAX = 500
#: A group waits for more a moment at a time, until a moment brings none, or for so long, in seconds. Reading a request
#: takes a fifth of a moment: when one brings nothing, everything that is under way has come.
MOMENT_S, GATHERED_WITHIN_S = 0.0005, 0.005
#: Threads that write on PostgreSQL: while one waits for it, another makes the next group ready.
WRITERS = 2
#: Submissions that may wait; past that the bank is asked to come back.
QUEUE_MAX = 2_000
#: How long a sender waits for its answer, in seconds; shorter than any bank's own patience.
ANSWER_WITHIN_S = 25.0
TRIES = 6
BACK_OFF_S = 0.02

log = structlog.get_logger()


class Waiting(Protocol):
    """A submission with somebody who waits for what becomes of it."""

    @property
    def submission(self) -> Submission:
        """What is to be recorded."""

    def answer(self, answer: Recorded | NotDurable) -> None:
        """Say what became of it, on a writer's thread; the first answer counts."""


class _Sender:
    """A thread that waits: on a bare lock, the cheapest thing there is to wait on."""

    __slots__ = ("_answer", "_woken", "submission")

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self._answer: Recorded | NotDurable | None = None
        self._woken = threading.Lock()
        self._woken.acquire()

    def answer(self, answer: Recorded | NotDurable) -> None:
        """Wake the sender; the first answer counts."""
        if self._answer is None:
            self._answer = answer
            self._woken.release()

    def wait(self, timeout_s: float) -> Recorded:
        """The answer. Raises `NotDurable` when that is what it is, or when there is none in time."""
        if not self._woken.acquire(timeout=timeout_s) or self._answer is None:
            raise NotDurable
        if isinstance(self._answer, NotDurable):
            raise self._answer
        return self._answer


class Recorder:
    """One per process. `on_recorded` callbacks run after each commit, on a writer's thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: None tells a writer to end.
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._gathering = threading.Lock()
        self._pid: int | None = None
        self._listeners: list[Callable[[], None]] = []

    def on_recorded(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit of credits."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Tell the listeners that something was recorded."""
        for listener in self._listeners:
            listener()

    def record(self, submission: Submission) -> Recorded:
        """Hand over credits and wait until they are durable.

        Raises `NotDurable` when that could not be had in time; they may still become durable afterwards, and sending
        them again is right.
        """
        sender = _Sender(submission)
        self.hand_over(sender)
        return sender.wait(ANSWER_WITHIN_S)

    def hand_over(self, waiting: Waiting) -> None:
        """Have it recorded, and answered then. Raises `NotDurable` when too many wait already."""
        self._ensure_writer()
        if self._queue.qsize() >= QUEUE_MAX:
            raise NotDurable
        waiting.submission.prepare()
        self._queue.put(waiting)

    def close(self) -> None:
        """End the writers once they have answered all that was handed over before; what comes later starts others."""
        with self._starting:
            if self._pid == os.getpid():
                for _ in range(self._writers):
                    self._queue.put(None)
            self._pid = None

    @property
    def _writers(self) -> int:
        return 1 if self._database.is_sqlite else WRITERS

    def _ensure_writer(self) -> None:
        # A server that forks after loading us leaves its children without threads: the writers are of this process.
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                for number in range(self._writers):
                    threading.Thread(target=self._write_until_closed, name=f"recorder-{number}", daemon=True).start()
                self._pid = os.getpid()

    def _write_until_closed(self) -> None:
        while True:
            with self._gathering:
                group = self._next_group()
            if not group:
                return
            try:
                self._record_group(group)
            except BaseException:
                # Nobody may be left waiting for an answer that never comes, whatever went wrong.
                log.exception("recorder_broke")
                for waiting in group:
                    waiting.answer(NotDurable())

    def _next_group(self) -> list[Waiting]:
        """What waits, as much as one transaction takes; nothing when this writer is to end."""
        first = self._queue.get()
        if first is None:
            return []
        group, size = [first], len(first.submission.credits)
        until = time.monotonic() + GATHERED_WITHIN_S
        while size < GROUP_CREDITS_MAX:
            if self._queue.empty() and time.monotonic() < until:
                time.sleep(MOMENT_S)
            try:
                another = self._queue.get_nowait()
            except queue.Empty:
                break
            if another is None:
                self._queue.put(None)
                break
            group.append(another)
            size += len(another.submission.credits)
        return group

    def _record_group(self, group: list[Waiting]) -> None:
        began = time.perf_counter()
        try:
            outcomes = commit(self._database, [waiting.submission for waiting in group])
        except Exception as error:
            # Whatever it was, it may be one sender's alone: only what fails by itself is refused. A database that is
            # away is nobody's own fault, and asking it again for each would keep everybody waiting.
            if len(group) > 1 and not (isinstance(error, DBAPIError) and _passing(error)):
                for waiting in group:
                    self._record_group([waiting])
                return
            log.exception("not_durable", submissions=len(group))
            for waiting in group:
                waiting.answer(NotDurable())
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.answer(outcome)
        log.info(
            "recorded",
            messages=len(group),
            recorded=sum(one.recorded for one in outcomes),
            duplicates=sum(one.duplicates for one in outcomes),
            unmatched=sum(one.unmatched for one in outcomes),
            took_ms=round((time.perf_counter() - began) * 1000, 1),
        )
        self.tell()


def commit(database: Database, submissions: list[Submission]) -> list[Recorded]:
    """Record submissions in one transaction of their own, tried again while the reason to fail passes.

    Raises SQLAlchemy's `DBAPIError` when it could not be done.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with database.writing() as session:
                return ledger.record(session, submissions)
        except DBAPIError as error:
            if attempt == TRIES or not _passing(error):
                raise
            log.info("recording_again", attempt=attempt, reason=type(error.orig).__name__)
            time.sleep(BACK_OFF_S * 2**attempt)
    raise AssertionError("unreachable")


def _passing(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when tried again."""
    sqlstate = getattr(error.orig, "sqlstate", None)
    return sqlstate in TRY_AGAIN or isinstance(error, OperationalError) or error.connection_invalidated
