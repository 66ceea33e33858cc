"""The worker in a test's own process: does what is due now."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from core.database import database
from core.jobs.models import Job
from core.jobs.worker import Worker


def work(app: Flask) -> int:
    """Do all jobs that are due, one after the other; gives how many it did."""
    worker, done = Worker(app), 0
    while worker.work_once():
        done += 1
    return done


def jobs(kind: str | None = None) -> list[Job]:
    """The jobs that there are, done or not, in the order in which they were ordered."""
    found = select(Job).order_by(Job.id)
    with database().reading() as session:
        return list(session.scalars(found if kind is None else found.where(Job.kind == kind)))
