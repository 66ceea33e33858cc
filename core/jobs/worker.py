"""The worker: claims jobs and does them, says that it is there, and orders what the timetable asks for.

It looks for jobs once a moment; nothing rings a bell. docs/adr/0008-jobs.md says why.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import time
import traceback
from dataclasses import dataclass

import structlog
from flask import Flask

from core import clock
from core.jobs import limits, services
from core.jobs.registry import registry_of
from core.jobs.services import Claim
from core.settings import PROJECT_ROOT

log = structlog.get_logger()


@dataclass(slots=True)
class _InHand:
    claim: Claim
    since: float
    hangs: bool = False


class Worker:
    """One process's worth of background work. Any number of them may run, on any machine that reaches the database.

    `grace_s` is how long the jobs in hand have to end after `stop`; what has not ended by then is released. `beside` is
    the process that started us, if we are to end when it does.
    """

    def __init__(
        self,
        app: Flask,
        *,
        threads: int = limits.THREADS,
        grace_s: float = limits.GRACE_S,
        beside: int | None = None,
    ) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._app = app
        self._registry = registry_of(app)
        self._started_at = clock.now()
        self._grace_s = grace_s
        self._beside = beside
        self._stopping = threading.Event()
        #: By the token of the claim: of one job there may be two, when the first lost its lease.
        self._in_hand: dict[str, _InHand] = {}
        self._threads = [
            threading.Thread(target=self._work_until_stopped, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]

    def run(self) -> int:
        """Work until `stop` is called; gives the exit code: 1 when a thread of ours ended by itself."""
        self.beat()
        beaten = time.monotonic()
        log.info("worker_started", worker=self.name, kinds=sorted(self._registry.kinds))
        for thread in self._threads:
            thread.start()
        while not self._stopping.wait(limits.POLL_S):
            if self._beside not in {None, os.getppid()}:
                break
            if not all(thread.is_alive() for thread in self._threads):
                log.error("worker_broke", worker=self.name)
                self._end()
                return 1
            if time.monotonic() - beaten >= limits.HEARTBEAT_S:
                self.beat()
                beaten = time.monotonic()
        self._end()
        return 0

    def stop(self) -> None:
        """Claim nothing more, and have `run` end; may be called by a signal's handler."""
        self._stopping.set()

    def stop_on_signals(self) -> None:
        """Have SIGTERM and SIGINT stop it; only the main thread may call this."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    def beat(self) -> None:
        """Say that we are there, renew the leases of what is in hand, and order what is due by the timetable."""
        in_hand = list(self._in_hand.copy().values())
        self._note_hanging(in_hand)
        try:
            with self._app.app_context():
                services.note_worker(self.name, self._started_at, [one.claim for one in in_hand if not one.hangs])
                services.enqueue_due(self._registry.timetable)
        except Exception:
            # A database that is away comes back; until then our leases may run out, and others may take over.
            log.exception("worker_not_noted")

    def _note_hanging(self, in_hand: list[_InHand]) -> None:
        oldest = time.monotonic() - limits.LONGEST.total_seconds()
        for one in in_hand:
            if not one.hangs and one.since <= oldest:
                one.hangs = True
                log.error("job_hangs", job=one.claim.id, kind=one.claim.kind, attempt=one.claim.attempt)

    def work_once(self) -> bool:
        """Do one job; gives whether there was one."""
        with self._app.app_context():
            claimed = services.claim(self.name, self._registry.kinds)
        if claimed is None:
            return False
        self._in_hand[claimed.token] = _InHand(claimed, time.monotonic())
        try:
            with structlog.contextvars.bound_contextvars(job=claimed.id, kind=claimed.kind):
                self._do(claimed)
        finally:
            self._in_hand.pop(claimed.token, None)
        return True

    def _do(self, claimed: Claim) -> None:
        began = time.perf_counter()
        try:
            with self._app.app_context():
                later = self._registry.kinds[claimed.kind].handler(claimed.payload)
        except Exception as error:
            log.exception("job_failed", attempt=claimed.attempt)
            with self._app.app_context():
                services.fail(claimed, described(error))
            return
        with self._app.app_context():
            if later is None:
                services.finish(claimed)
            else:
                services.postpone(claimed, later)
        took_ms = round((time.perf_counter() - began) * 1000, 1)
        log.info("job_done" if later is None else "job_postponed", attempt=claimed.attempt, took_ms=took_ms)

    def _work_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                worked = self.work_once()
            except Exception:
                log.exception("worker_could_not_work")
                self._stopping.wait(limits.POLL_AFTER_ERROR_S)
                continue
            if not worked:
                self._stopping.wait(limits.POLL_S)

    def _end(self) -> None:
        """Wait for the jobs in hand, release those that take too long, and say that we are gone."""
        self._stopping.set()
        until = time.monotonic() + self._grace_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        left = [one.claim for one in self._in_hand.copy().values()]
        try:
            with self._app.app_context():
                for claimed in left:
                    services.release(claimed)
                    log.warning("job_released", job=claimed.id, kind=claimed.kind)
                services.note_worker(self.name, self._started_at, (), stopped=True)
        except Exception:
            # Then the leases run out by themselves.
            log.exception("worker_not_noted")
        log.info("worker_stopped", worker=self.name, released=len(left))


def described(error: BaseException) -> str:
    """An error's class and the place in our code that it came through last; not its words, which may quote people."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    if not ours:
        return kind
    return f"{kind} at {os.path.relpath(ours[-1].filename, PROJECT_ROOT)}:{ours[-1].lineno}"


def _is_ours(filename: str) -> bool:
    return filename.startswith(f"{PROJECT_ROOT}/") and "site-packages" not in filename
