"""The only writers of jobs.

A job is claimed in one transaction, done outside of it, and marked done in another: whoever dies between leaves a lease
behind that runs out. Each claim has a token of its own, and what is said of a job counts only while its lease bears
that token: a worker that lost a job and took it again, or whose other thread did, holds it by another token.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import clock
from core.database import database, sweep_all, unit_of_work, upsert
from core.errors import NotFound
from core.floor import TimetableEntry
from core.jobs import limits, queries, timetable
from core.jobs.models import Job, JobWorker

LOST_WITH_ITS_WORKER = "lost with its worker"
#: What a claim adds to its worker's name.
TOKEN_BYTES = 4

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of a worker, for the n-th time; `token` tells it from every other claim."""

    id: int
    kind: str
    payload: dict[str, Any]
    token: str
    attempt: int


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    run_at: datetime | None = None,
) -> bool:
    """Order a job in the caller's transaction: it is there exactly if what caused it is.

    `payload` is what JSON can say. Gives whether it is new: the same `key` is ordered once, and a job that is done or
    given up still holds its key.
    """
    now = clock.now()
    values = {"kind": kind, "payload": dict(payload), "key": key, "created_at": now, "run_at": run_at or now}
    return session.scalar(upsert(session, Job).values(values).on_conflict_do_nothing().returning(Job.id)) is not None


def enqueue_due(entries: Collection[TimetableEntry]) -> int:
    """Order what is due by the timetable; gives how much of it was new. Several workers may do so at once."""
    now = clock.now()
    due = {entry: timetable.candidates(entry, now) for entry in entries}
    with database().reading() as session:
        ordered = queries.ordered_keys(session, [order.key for orders in due.values() for order in orders])
        begun = queries.kinds_ordered(session, [entry.kind for entry in entries])
    missing = [
        order for entry in entries for order in timetable.missing(entry, due[entry], ordered, begun=entry.kind in begun)
    ]
    return _enqueue_all(missing) if missing else 0


@unit_of_work
def _enqueue_all(session: Session, missing: Sequence[timetable.Order]) -> int:
    return sum(enqueue(session, order.kind, order.payload, key=order.key) for order in missing)


def claim(worker: str, kinds: Collection[str]) -> Claim | None:
    """Take the job of these kinds that has been due for longest and that nobody holds; None when there is none.

    PostgreSQL passes over what another worker is claiming; on SQLite the unit of work is the only writer.
    """
    with database().reading() as session:
        if session.scalar(queries.due(clock.now(), kinds).limit(1)) is None:
            return None
    return _claim(worker, kinds)


@unit_of_work
def _claim(session: Session, worker: str, kinds: Collection[str]) -> Claim | None:
    # After the wait for SQLite's one writer: a lease must not have run out while its worker waited.
    now = clock.now()
    due = queries.due(now, kinds).order_by(Job.run_at, Job.id).limit(1)
    while job := session.scalars(due.with_for_update(skip_locked=True)).one_or_none():
        if job.attempts < limits.ATTEMPTS_MAX:
            job.attempts += 1
            token = f"{worker}/{secrets.token_hex(TOKEN_BYTES)}"
            job.leased_by, job.leased_until = token, now + limits.LEASE
            return Claim(job.id, job.kind, job.payload, token, job.attempts)
        # Each worker that began it died: another one would as well.
        _give_up(job, LOST_WITH_ITS_WORKER)
        session.flush()
    return None


@unit_of_work
def finish(session: Session, claimed: Claim) -> None:
    """Mark it done."""
    if job := _held(session, claimed):
        job.done_at, job.last_error = clock.now(), None
        _free(job)


@unit_of_work
def postpone(session: Session, claimed: Claim, later: timedelta) -> None:
    """Have it run again later; it went well so far."""
    if job := _held(session, claimed):
        job.run_at, job.attempts, job.last_error = clock.now() + later, 0, None
        _free(job)


@unit_of_work
def fail(session: Session, claimed: Claim, error: str) -> None:
    """Have it tried again when its back-off is over, or give it up after the last one; it stays visible either way."""
    if job := _held(session, claimed):
        if job.attempts >= limits.ATTEMPTS_MAX:
            _give_up(job, error)
            return
        job.run_at, job.last_error = clock.now() + limits.BACK_OFF[job.attempts - 1], _cut(error)
        _free(job)


@unit_of_work
def release(session: Session, claimed: Claim) -> None:
    """Give it back as if it had not been begun: its worker was told to stop."""
    if job := _held(session, claimed):
        job.attempts -= 1
        _free(job)


@unit_of_work
def retry(session: Session, job_id: int) -> None:
    """Have a job that was given up run again from its first attempt. Raises `NotFound` when none was with this id."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.failed_at is None:
        raise NotFound
    job.failed_at, job.attempts, job.run_at = None, 0, clock.now()


@unit_of_work
def note_worker(
    session: Session, worker: str, started_at: datetime, in_hand: Collection[Claim], *, stopped: bool = False
) -> None:
    """Say that a worker is there, and renew the leases of its claims in hand; or that it stopped."""
    now = clock.now()
    seen = {"seen_at": now, "stopped_at": now if stopped else None}
    session.execute(
        upsert(session, JobWorker)
        .values(name=worker, started_at=started_at, **seen)
        .on_conflict_do_update(index_elements=["name"], set_=seen)
    )
    if in_hand:
        session.execute(
            update(Job)
            .where(Job.id.in_([one.id for one in in_hand]), Job.leased_by.in_([one.token for one in in_hand]))
            .values(leased_until=now + limits.LEASE)
            .execution_options(synchronize_session=False)
        )


def sweep_ended() -> int:
    """Delete jobs that were done, and workers that were seen, too long ago; gives how many rows went."""
    now = clock.now()
    done = sweep_all(Job, Job.done_at < now - limits.DONE_KEPT, limits.SWEPT_AT_ONCE)
    return done + sweep_all(JobWorker, JobWorker.seen_at < now - limits.WORKERS_KEPT, limits.SWEPT_AT_ONCE)


def _held(session: Session, claimed: Claim) -> Job | None:
    """The job, if this claim still holds it: whose lease ran out has lost it to whoever came next."""
    job = session.get(Job, claimed.id, with_for_update=True)
    if job is not None and job.leased_by == claimed.token:
        return job
    log.warning("job_lost", job=claimed.id, kind=claimed.kind, attempt=claimed.attempt)
    return None


def _give_up(job: Job, error: str) -> None:
    job.failed_at, job.last_error = clock.now(), _cut(error)
    _free(job)
    log.error("job_given_up", job=job.id, kind=job.kind, attempts=job.attempts, error=job.last_error)


def _free(job: Job) -> None:
    job.leased_by = job.leased_until = None


def _cut(error: str) -> str:
    return error[: limits.ERROR_MAX_LENGTH]
