"""Jobs by the clock, in Vietnam's time, once each however many workers order them."""

from __future__ import annotations

import threading
from datetime import time, timedelta

import pytest
import time_machine
from flask import Flask

from core.container import CoreContainer
from core.floor import Floor, JobKind, TimetableEntry
from core.jobs import limits, services
from core.jobs.registry import registry_of
from core.jobs.worker import Worker
from payments.container import PaymentsContainer
from payments.gateways.port import NotifyOnlyGateway
from tests.core.jobs.conftest import Probe, declare
from tests.support.jobs import jobs, work

NIGHTLY = TimetableEntry("probe", (time(3, 0),))
EACH_DAY = TimetableEntry("each day", (time(5, 0),), each_day=True)
HOURLY = TimetableEntry("hourly", tuple(time(hour, 5) for hour in range(24)))


def days() -> list[str]:
    return [job.payload["day"] for job in jobs()]


def test_it_is_ordered_at_its_time_in_vietnam(app: Flask) -> None:
    with time_machine.travel("2026-11-22T20:00:00Z", tick=False):
        # Three in the morning of the 23rd.
        assert services.enqueue_due([NIGHTLY]) == 1
    (job,) = jobs()
    assert (job.kind, job.key, job.payload) == ("probe", "probe 2026-11-23 03:00", {"day": "2026-11-23"})


def test_a_minute_before_the_last_one_is_still_yesterdays(app: Flask) -> None:
    with time_machine.travel("2026-11-22T19:59:00Z", tick=False):
        services.enqueue_due([NIGHTLY])
    assert days() == ["2026-11-22"]


def test_it_is_ordered_once_a_day(app: Flask, probe: Probe) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        assert services.enqueue_due([NIGHTLY]) == 1
        work(app)
        assert services.enqueue_due([NIGHTLY]) == 0
        moving.shift(timedelta(days=1))
        assert services.enqueue_due([NIGHTLY]) == 1
    assert days() == ["2026-11-23", "2026-11-24"]


def test_several_workers_at_once_order_it_once(app: Flask, probe: Probe) -> None:
    declare(app, *CoreContainer.of(app).floors, Floor(timetable=(NIGHTLY,)))
    together = threading.Barrier(4)

    def beat() -> None:
        worker = Worker(app)
        together.wait()
        worker.beat()
        while worker.work_once():
            pass

    with time_machine.travel("2026-11-23T01:00:00Z", tick=True):
        threads = [threading.Thread(target=beat) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert days() == ["2026-11-23"]
    assert probe.given == [{"day": "2026-11-23"}]


def test_of_many_that_were_missed_the_newest_is_made_up_for(app: Flask) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        services.enqueue_due([NIGHTLY, HOURLY])
        moving.shift(timedelta(days=3))
        assert services.enqueue_due([NIGHTLY, HOURLY]) == 2
    assert [job.key for job in jobs()][2:] == ["probe 2026-11-26 03:00", "hourly 2026-11-26 07:05"]


def test_where_each_day_counts_all_that_were_missed_are(app: Flask) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        services.enqueue_due([EACH_DAY])
        moving.shift(timedelta(days=3))
        services.enqueue_due([EACH_DAY])
        assert services.enqueue_due([EACH_DAY]) == 0
    assert days() == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]


def test_nothing_is_made_up_for_from_before_the_first_start(app: Flask) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):
        services.enqueue_due([EACH_DAY])
    assert days() == ["2026-11-23"]


@pytest.mark.parametrize(
    ("away", "made_up"), [(limits.CATCH_UP, 7), (limits.CATCH_UP + timedelta(days=1), 8), (timedelta(days=20), 8)]
)
def test_it_makes_up_for_a_week_and_no_more(app: Flask, away: timedelta, made_up: int) -> None:
    with time_machine.travel("2026-11-01T01:00:00Z", tick=False) as moving:
        services.enqueue_due([EACH_DAY])
        moving.shift(away)
        assert services.enqueue_due([EACH_DAY]) == made_up


def test_done_jobs_stay_longer_than_their_days_are_looked_at() -> None:
    assert limits.CATCH_UP + timedelta(days=1) < limits.DONE_KEPT


def test_nobody_orders_what_nobody_does(app: Flask, probe: Probe) -> None:
    declare(app, Floor(timetable=(TimetableEntry("unknown", (time(1, 0),)),)))
    with pytest.raises(AssertionError, match="nobody does"):
        registry_of(app)


def test_a_kind_has_one_handler(app: Flask, probe: Probe) -> None:
    declare(app, *CoreContainer.of(app).floors, Floor(jobs={"probe": JobKind(probe, "thử việc")}))
    with pytest.raises(AssertionError, match="two handlers"):
        registry_of(app)


def test_every_entry_of_the_application_is_ordered_and_done(app: Flask) -> None:
    entries = registry_of(app).timetable
    assert {entry.kind for entry in entries} == {
        "jobs.sweep",
        "users.sweep",
        "web.sweep",
        "payments.reconcile_all",
        "payments.verify",
    }
    PaymentsContainer.of(app).gateways["simbank"] = NotifyOnlyGateway()
    Worker(app).beat()
    # One of them orders a job for each gateway.
    assert work(app) == len(entries) + 1
    assert all(job.done_at is not None for job in jobs())
