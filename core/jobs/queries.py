"""Reading jobs and who does them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.jobs.models import Job, JobWorker


def due(now: datetime, kinds: Collection[str]) -> Select[Job]:
    """The open jobs of these kinds whose time has come and that no worker holds."""
    return select(Job).where(
        Job.done_at.is_(None),
        Job.failed_at.is_(None),
        Job.run_at <= now,
        or_(Job.leased_until.is_(None), Job.leased_until <= now),
        Job.kind.in_(sorted(kinds)),
    )


def kinds_ordered(session: Session, kinds: Collection[str]) -> set[str]:
    """Those of these kinds of which a job was ever ordered, as far back as done ones are kept."""
    return set(session.scalars(select(Job.kind).where(Job.kind.in_(kinds)).distinct()))


def ordered_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the keys that a job has, whatever became of it."""
    return {key for key in session.scalars(select(Job.key).where(Job.key.in_(keys))) if key is not None}


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is open, since when the oldest of it is due, how much of it failed before, and how much was given up."""

    open: int
    oldest_due: datetime | None
    failing: int
    given_up: int


def backlog(session: Session) -> Backlog:
    """The jobs that are not done."""
    is_open = Job.failed_at.is_(None)
    row = session.execute(
        select(
            func.count().filter(is_open),
            func.min(Job.run_at).filter(is_open),
            func.count().filter(is_open, Job.last_error.is_not(None)),
            func.count().filter(~is_open),
        ).where(Job.done_at.is_(None))
    ).one()
    return Backlog(*row)


def troubled(session: Session, limit: int) -> Sequence[Job]:
    """Jobs that failed and are not done, those that were given up first, then the newest."""
    found = select(Job).where(Job.done_at.is_(None), Job.last_error.is_not(None))
    return session.scalars(found.order_by(Job.failed_at.is_(None), Job.id.desc()).limit(limit)).all()


def not_done(session: Session, limit: int) -> Sequence[Job]:
    """The jobs that are not done, by the time of their next run."""
    return session.scalars(select(Job).where(Job.done_at.is_(None)).order_by(Job.run_at, Job.id).limit(limit)).all()


def last_worker(session: Session, heard_since: datetime) -> JobWorker | None:
    """The worker that was seen last; None when there never was one.

    One that works and was heard since the moment given comes before one that stopped in order, though it said so later.
    """
    works = and_(JobWorker.stopped_at.is_(None), JobWorker.seen_at >= heard_since)
    newest = select(JobWorker).order_by(works.desc(), JobWorker.seen_at.desc(), JobWorker.id.desc())
    return session.scalars(newest.limit(1)).first()
