"""The worker: marks done after the work, tells of failures, and stops in order."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from core import clock
from core.database import database
from core.jobs import limits, services
from core.jobs.models import JobWorker
from core.jobs.worker import Worker
from tests.core.jobs.conftest import Probe, order
from tests.support.jobs import jobs, work


def test_it_does_what_is_due_and_marks_it_done_afterwards(app: Flask, probe: Probe) -> None:
    open_meanwhile: list[bool] = []
    probe.meanwhile = lambda: open_meanwhile.append(jobs()[0].done_at is None)
    order(number=7)
    assert work(app) == 1
    assert (probe.given, open_meanwhile) == ([{"number": 7}], [True])
    (job,) = jobs()
    assert (job.done_at is not None, job.leased_by) == (True, None)
    assert work(app) == 0


def test_a_failure_is_kept_without_its_words_and_tried_again(app: Flask, probe: Probe) -> None:
    probe.answers = [ValueError("the phone 0912345678 is wrong")]
    order()
    work(app)
    (job,) = jobs()
    assert job.last_error.startswith("builtins.ValueError at tests/core/jobs/conftest.py:")
    with time_machine.travel(clock.now() + limits.BACK_OFF[0] + timedelta(seconds=1)):
        work(app)
    assert (len(probe.given), jobs()[0].done_at is not None, jobs()[0].last_error) == (2, True, None)


def test_what_is_not_over_comes_again_when_it_says(app: Flask, probe: Probe) -> None:
    probe.answers = [timedelta(minutes=5)]
    order()
    assert (work(app), work(app)) == (1, 0)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert work(app) == 1
    assert jobs()[0].done_at is not None


def test_one_bad_job_does_not_keep_the_next_from_being_done(app: Flask, probe: Probe) -> None:
    probe.answers = [ValueError(), None]
    order(number=1)
    order(number=2)
    assert work(app) == 2
    assert [job.done_at is None for job in jobs()] == [True, False]


@pytest.fixture
def held(probe: Probe) -> tuple[threading.Event, threading.Event]:
    """Jobs say that they have begun, and go on when they are told to."""
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        go_on.wait(20)

    probe.meanwhile = wait
    return begun, go_on


def running(app: Flask, **options: float) -> tuple[Worker, threading.Thread]:
    worker = Worker(app, **options)
    thread = threading.Thread(target=worker.run)
    thread.start()
    return worker, thread


def test_told_to_stop_it_ends_the_job_in_hand_and_begins_no_other(
    app: Flask, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, go_on = held
    order(number=1)
    worker, thread = running(app, threads=1)
    assert begun.wait(10)
    order(number=2)
    worker.stop()
    go_on.set()
    thread.join(10)
    assert [job.done_at is None for job in jobs()] == [False, True]
    with database().reading() as session:
        assert session.scalar(select(JobWorker.stopped_at)) is not None


def test_what_takes_too_long_then_is_released(app: Flask, held: tuple[threading.Event, threading.Event]) -> None:
    begun, go_on = held
    order()
    worker, thread = running(app, grace_s=0.1)
    assert begun.wait(10)
    worker.stop()
    thread.join(10)
    (job,) = jobs()
    assert (job.leased_by, job.attempts, job.done_at) == (None, 0, None)
    # What it says in the end no longer counts: somebody else may have it by now.
    following = services.claim("next", {"probe"})
    assert following is not None
    go_on.set()
    time.sleep(0.3)
    assert (jobs()[0].leased_by, jobs()[0].done_at) == (following.token, None)


def test_one_long_job_does_not_keep_the_others_waiting(
    app: Flask, probe: Probe, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, go_on = held
    order(number=1)
    worker, thread = running(app)
    assert begun.wait(10)
    probe.meanwhile = lambda: None
    order(number=2)
    until = time.monotonic() + 10
    while jobs()[1].done_at is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert jobs()[0].done_at is None
    worker.stop()
    go_on.set()
    thread.join(10)


def test_its_lease_is_renewed_while_it_works_but_not_for_ever(
    app: Flask, held: tuple[threading.Event, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = held
    order()
    worker = Worker(app)
    thread = threading.Thread(target=worker.work_once)
    thread.start()
    assert begun.wait(10)
    before = jobs()[0].leased_until
    time.sleep(0.01)
    worker.beat()
    renewed = jobs()[0].leased_until
    assert renewed > before
    monkeypatch.setattr(limits, "LONGEST", timedelta(0))
    worker.beat()
    assert jobs()[0].leased_until == renewed
    go_on.set()
    thread.join(10)


def test_a_job_that_hangs_is_begun_anew_beside_itself_and_only_the_new_claim_counts(
    app: Flask, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = [threading.Event(), threading.Event()], [threading.Event(), threading.Event()]

    def wait() -> None:
        number = len(probe.given) - 1
        began[number].set()
        go_on[number].wait(20)

    probe.meanwhile = wait
    order()
    worker = Worker(app)
    threads = [threading.Thread(target=worker.work_once) for _ in began]
    threads[0].start()
    assert began[0].wait(10)
    with monkeypatch.context() as meanwhile, capture_logs() as logs:
        meanwhile.setattr(limits, "LONGEST", timedelta(0))
        worker.beat()
        worker.beat()
    assert [line["event"] for line in logs] == ["job_hangs"]
    with time_machine.travel(clock.now() + limits.LEASE + timedelta(seconds=1)):
        threads[1].start()
        assert began[1].wait(10)
        before = jobs()[0].leased_until
        # The first one wakes up: it ends nothing, and the second one's lease is still renewed.
        go_on[0].set()
        threads[0].join(10)
        worker.beat()
        assert (jobs()[0].done_at, jobs()[0].leased_until > before) == (None, True)
        go_on[1].set()
        threads[1].join(10)
    assert jobs()[0].done_at is not None


def test_a_database_that_is_away_does_not_end_it(app: Flask, probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "POLL_AFTER_ERROR_S", 0.05)
    away = database()
    order()
    with monkeypatch.context() as breaking:
        breaking.setattr(away, "reading", lambda: (_ for _ in ()).throw(OSError("away")))
        worker, thread = running(app)
        time.sleep(0.3)
        assert thread.is_alive()
    until = time.monotonic() + 10
    while jobs()[0].done_at is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    worker.stop()
    thread.join(10)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_one_of_whose_threads_ended_says_so(app: Flask, probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "POLL_S", 0.05)
    worker = Worker(app)
    monkeypatch.setattr(worker, "work_once", lambda: (_ for _ in ()).throw(SystemExit))
    assert worker.run() == 1
