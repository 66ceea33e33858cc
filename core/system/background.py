"""What an operator is told about work in the background."""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from core import clock
from core.floor import GOOD, LOOK, PLAIN, TROUBLE, Fact
from core.jobs import limits, queries
from core.jobs.models import Job
from core.jobs.registry import registry_of
from core.web.i18n import integer, moment

#: Jobs that failed and are shown one by one; the rest are counted.
SHOWN = 5


def of_jobs(session: Session) -> Iterable[Fact]:
    """When a worker was last seen, how much waits for one, and what went wrong."""
    waiting = queries.backlog(session)
    yield _worker(session)
    late = waiting.oldest_due is not None and waiting.oldest_due < clock.now() - limits.WORKER_SILENCE
    yield Fact(_("Open jobs"), integer(waiting.open), LOOK if late else PLAIN)
    yield Fact(_("Jobs that are tried again"), integer(waiting.failing), LOOK if waiting.failing else PLAIN)
    yield Fact(_("Jobs that were given up"), integer(waiting.given_up), TROUBLE if waiting.given_up else PLAIN)
    for job in queries.troubled(session, SHOWN):
        yield _troubled(job)


def _worker(session: Session) -> Fact:
    heard_since = clock.now() - limits.WORKER_SILENCE
    term, seen = _("Worker last seen"), queries.last_worker(session, heard_since)
    if seen is None:
        return Fact(term, _("never: start scripts/work"), TROUBLE)
    silent = seen.seen_at < heard_since
    if seen.stopped_at is not None:
        # Somebody may be starting it again just now.
        status = TROUBLE if silent else LOOK
        return Fact(term, _("%(moment)s, when it was stopped", moment=moment(seen.stopped_at)), status)
    return Fact(term, moment(seen.seen_at), TROUBLE if silent else GOOD)


def _troubled(job: Job) -> Fact:
    known = registry_of(current_app).kinds.get(job.kind)
    term = _("Job %(id)s, %(kind)s", id=job.id, kind=known.label if known else job.kind)
    if job.failed_at is not None:
        value = _("given up %(moment)s: %(error)s", moment=moment(job.failed_at), error=job.last_error)
        return Fact(term, value, TROUBLE)
    value = _("next try %(moment)s: %(error)s", moment=moment(job.run_at), error=job.last_error)
    return Fact(term, value, LOOK)
