"""Ordering, claiming and ending jobs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from core import clock
from core.database import database
from core.errors import NotFound
from core.jobs import limits, services
from core.jobs.models import Job, JobWorker
from core.jobs.services import Claim, enqueue
from tests.core.jobs.conftest import Probe, order
from tests.support.jobs import jobs

KINDS = {"probe"}


def claim(worker: str = "one") -> Claim:
    found = services.claim(worker, KINDS)
    assert found is not None
    return found


def later(by: timedelta) -> time_machine.travel:
    return time_machine.travel(clock.now() + by)


def test_a_job_is_claimed_with_what_was_ordered(app: Flask) -> None:
    order(number=7)
    found = claim()
    assert (found.kind, found.payload, found.attempt) == ("probe", {"number": 7}, 1)
    (job,) = jobs()
    assert (job.leased_by, job.done_at) == (found.token, None)
    assert found.token.startswith("one/")


def test_it_is_there_exactly_if_what_caused_it_is(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="broken"), database().writing() as session:
        enqueue(session, "probe", {})
        raise RuntimeError("broken")
    assert jobs() == []


def test_the_same_key_is_ordered_once_even_when_it_is_done(app: Flask) -> None:
    assert order(key="the day's")
    assert not order(key="the day's")
    services.finish(claim())
    assert not order(key="the day's")
    assert order(key="the next day's")
    assert len(jobs()) == 2


def test_without_a_key_each_order_is_a_job(app: Flask) -> None:
    assert order()
    assert order()
    assert len(jobs()) == 2


def test_what_is_not_due_waits(app: Flask) -> None:
    with database().writing() as session:
        enqueue(session, "probe", {}, run_at=clock.now() + timedelta(minutes=1))
    assert services.claim("one", KINDS) is None
    with later(timedelta(minutes=2)):
        assert claim().attempt == 1


def test_the_one_that_waited_longest_is_next(app: Flask) -> None:
    with database().writing() as session:
        for minutes in (1, 3, 2):
            enqueue(session, "probe", {"age": minutes}, run_at=clock.now() - timedelta(minutes=minutes))
    assert [claim().payload["age"] for _ in range(3)] == [3, 2, 1]


def test_what_is_claimed_is_nobody_elses(app: Flask) -> None:
    order()
    claim()
    assert services.claim("two", KINDS) is None


def test_many_workers_at_once_claim_each_job_once(app: Flask) -> None:
    for number in range(12):
        order(number=number)
    claimed: list[int] = []

    def claim_all(name: str) -> None:
        with app.app_context():
            while found := services.claim(name, KINDS):
                claimed.append(found.payload["number"])

    threads = [threading.Thread(target=claim_all, args=(f"worker {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(12))


def test_a_kind_that_nobody_here_knows_is_left_alone(app: Flask) -> None:
    order("of a newer version")
    assert services.claim("one", KINDS) is None
    (job,) = jobs()
    assert (job.attempts, job.leased_by, job.failed_at) == (0, None, None)


def test_the_job_of_a_worker_that_was_killed_is_free_when_its_lease_ends(app: Flask) -> None:
    order()
    claim("killed")
    with later(limits.LEASE - timedelta(seconds=1)):
        assert services.claim("two", KINDS) is None
    with later(limits.LEASE + timedelta(seconds=1)):
        assert claim("two").attempt == 2


def test_a_lease_begins_after_the_wait_for_the_one_writer(app: Flask) -> None:
    if not database().is_sqlite:
        pytest.skip("PostgreSQL passes over what is locked")
    order()

    def claim_elsewhere() -> None:
        with app.app_context():
            claim()

    with time_machine.travel(clock.now(), tick=False) as moving:
        waiting = threading.Thread(target=claim_elsewhere)
        with database().writing() as session:
            session.connection()
            waiting.start()
            waiting.join(0.3)
            moving.shift(limits.LEASE)
        waiting.join()
        assert jobs()[0].leased_until == clock.now() + limits.LEASE


def test_a_worker_that_says_it_is_there_keeps_its_job(app: Flask) -> None:
    order()
    mine = claim("one")
    with later(limits.LEASE / 2):
        services.note_worker("one", clock.now(), [mine])
    with later(limits.LEASE + timedelta(seconds=1)):
        assert services.claim("two", KINDS) is None


def test_nobody_renews_anothers_lease(app: Flask) -> None:
    order(number=1)
    order(number=2)
    claim("one")
    another = claim("two")
    with later(limits.LEASE / 2):
        services.note_worker("two", clock.now(), [another])
    with later(limits.LEASE + timedelta(seconds=1)):
        assert claim("two").payload == {"number": 1}
        assert services.claim("two", KINDS) is None


@pytest.mark.parametrize("worker", ["the same", "another"])
def test_a_lost_claim_renews_nothing_even_of_the_same_worker(app: Flask, worker: str) -> None:
    order()
    lost = claim("the same")
    with later(limits.LEASE + timedelta(seconds=1)):
        taken_again = claim(worker)
        before = jobs()[0].leased_until
        services.note_worker("the same", clock.now(), [lost])
        assert jobs()[0].leased_until == before
        services.note_worker(worker, clock.now(), [taken_again])
        assert jobs()[0].leased_until > before


def test_a_lost_claim_ends_nothing_when_its_worker_took_the_job_again_for_the_first_time(app: Flask) -> None:
    order()
    lost = claim("one")
    with later(limits.LEASE + timedelta(seconds=1)):
        services.postpone(claim("two"), timedelta(0))
        again = claim("one")
        assert again.attempt == lost.attempt
        for say in (services.finish, services.release, lambda one: services.fail(one, "too late")):
            say(lost)
        services.postpone(lost, timedelta(days=1))
        (job,) = jobs()
        assert (job.leased_by, job.done_at, job.last_error) == (again.token, None, None)


def test_who_lost_its_lease_says_nothing_of_the_job_any_more(app: Flask) -> None:
    order()
    slow = claim("slow")
    with later(limits.LEASE + timedelta(seconds=1)):
        quick = claim("quick")
        for say in (services.finish, services.release, lambda one: services.fail(one, "too late")):
            say(slow)
        (job,) = jobs()
        assert (job.leased_by, job.attempts, job.done_at, job.last_error) == (quick.token, 2, None, None)
        services.finish(quick)
    assert jobs()[0].done_at is not None


def test_each_failure_waits_longer_and_the_last_one_gives_it_up(app: Flask) -> None:
    order()
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        with database().writing() as session:
            session.execute(update(Job).values(run_at=clock.now()))
        for back_off in limits.BACK_OFF:
            services.fail(claim(), "Broken at here.py:1")
            (job,) = jobs()
            assert (job.run_at - clock.now(), job.failed_at) == (back_off, None)
            assert job.last_error == "Broken at here.py:1"
            moving.shift(back_off)
        services.fail(claim(), "Broken at here.py:2")
        moving.shift(timedelta(days=30))
        assert services.claim("one", KINDS) is None
    (job,) = jobs()
    assert (job.attempts, job.last_error, job.done_at) == (limits.ATTEMPTS_MAX, "Broken at here.py:2", None)
    assert job.failed_at is not None


def test_a_job_that_takes_every_worker_down_is_given_up_as_well(app: Flask) -> None:
    order(number=1)
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        with database().writing() as session:
            session.execute(update(Job).values(run_at=clock.now()))
        for attempt in range(1, limits.ATTEMPTS_MAX + 1):
            assert claim("dies").attempt == attempt
            moving.shift(limits.LEASE)
        order(number=2)
        assert claim("lives").payload == {"number": 2}
    assert jobs()[0].last_error == services.LOST_WITH_ITS_WORKER
    assert jobs()[0].failed_at is not None


def test_what_goes_well_and_is_not_over_comes_again_as_if_it_were_new(app: Flask) -> None:
    order()
    services.fail(claim(), "Broken")
    with later(limits.BACK_OFF[0] + timedelta(seconds=1)):
        services.postpone(claim(), timedelta(minutes=5))
        (job,) = jobs()
        assert (job.attempts, job.last_error, job.leased_by) == (0, None, None)
        assert timedelta(minutes=4) < job.run_at - clock.now() <= timedelta(minutes=5)


def test_a_released_job_was_not_begun(app: Flask) -> None:
    order()
    services.release(claim())
    assert claim("two").attempt == 1


def test_what_was_given_up_is_tried_again_when_somebody_says_so(app: Flask) -> None:
    order()
    with database().writing() as session:
        session.execute(update(Job).values(failed_at=clock.now(), attempts=limits.ATTEMPTS_MAX, last_error="Broken"))
    services.retry(jobs()[0].id)
    assert claim().attempt == 1


def test_only_what_was_given_up_is(app: Flask) -> None:
    order()
    for job_id in (jobs()[0].id, 999):
        with pytest.raises(NotFound):
            services.retry(job_id)


def test_what_was_done_long_ago_is_swept_and_nothing_else(app: Flask, probe: Probe) -> None:
    with time_machine.travel(clock.now() - limits.DONE_KEPT - timedelta(days=1)):
        services.note_worker("gone", clock.now(), ())
        for state in ("done long ago", "done now", "given up"):
            order(state=state)
        services.finish(claim())
        with database().writing() as session:
            session.execute(update(Job).where(Job.id == 3).values(failed_at=clock.now()))
    services.note_worker("here", clock.now(), ())
    services.finish(claim())
    order(state="new")
    assert services.sweep_ended() == 2
    assert [job.payload["state"] for job in jobs()] == ["done now", "given up", "new"]
    with database().reading() as session:
        assert session.scalars(select(JobWorker.name)).all() == ["here"]


def test_a_worker_is_one_row_however_often_it_is_seen(app: Flask) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        started_at = clock.now()
        services.note_worker("one", started_at, ())
        moving.shift(10)
        services.note_worker("one", started_at, ())
        with database().reading() as session:
            worker = session.scalars(select(JobWorker)).one()
            assert (worker.seen_at - worker.started_at, worker.stopped_at) == (timedelta(seconds=10), None)
        services.note_worker("one", started_at, (), stopped=True)
    with database().reading() as session:
        assert session.scalar(select(JobWorker.stopped_at)) is not None
        assert session.scalar(select(func.count()).select_from(JobWorker)) == 1
