"""Limits on jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: How long a worker that says nothing keeps its job. Longer than `HEARTBEAT_S` and than the longest wait for SQLite's
#: one writer (`core.engine.SQLITE_BUSY_TIMEOUT_S`) together: who is late by a little must not be taken for dead.
LEASE: Final = timedelta(minutes=3)
#: How often a worker says that it is there, renews its leases and looks at the timetable, in seconds.
HEARTBEAT_S: Final = 10.0
#: A job that runs for longer is taken for one that hangs. Its lease is renewed no more: another thread or worker begins
#: it anew, perhaps beside it, and what the first one says in the end does not count.
LONGEST: Final = timedelta(hours=3)
#: How long after each failure a job is tried again. After the last one it is given up, and waits for a person.
BACK_OFF: Final = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
ATTEMPTS_MAX: Final = len(BACK_OFF) + 1
#: How often a worker that has nothing to do looks for work, in seconds; docs/adr/0008-jobs.md says what that costs.
POLL_S: Final = 1.0
#: How long it waits when the database could not be asked, in seconds.
POLL_AFTER_ERROR_S: Final = 5.0
#: Jobs that a worker does at once, so that a long one does not keep all others waiting.
THREADS: Final = 2
#: How long the jobs in hand have to end when a worker is told to stop, in seconds; then they are released.
GRACE_S: Final = 20.0
#: Days of which a timetable makes up for what was missed.
CATCH_UP: Final = timedelta(days=7)
#: How long done jobs stay. Longer than `CATCH_UP`: their keys are what tells that a day's work was ordered.
DONE_KEPT: Final = timedelta(days=30)
#: How long workers stay known that are gone.
WORKERS_KEPT: Final = timedelta(days=30)
#: A worker that was not seen for so long is gone.
WORKER_SILENCE: Final = timedelta(minutes=2)
#: Rows that go in one transaction when something is swept.
SWEPT_AT_ONCE: Final = 1_000

KIND_MAX_LENGTH: Final = 40
KEY_MAX_LENGTH: Final = 120
WORKER_MAX_LENGTH: Final = 120
ERROR_MAX_LENGTH: Final = 300
