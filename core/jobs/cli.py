"""Commands about jobs."""

from __future__ import annotations

import click

from core import clock
from core.commands import Commands
from core.database import read_session
from core.errors import NotFound
from core.jobs import queries, services
from core.jobs.models import Job

SHOWN = 100

cli = Commands("jobs", help="Work in the background.")


@cli.command("list")
def list_jobs() -> None:
    """Show the jobs that are not done, the first hundred by the time of their next run."""
    for job in queries.not_done(read_session(), SHOWN):
        click.echo(f"{job.id:8} {job.kind:28} {_state(job)}")


@cli.command("retry")
@click.argument("job_id", type=click.IntRange(1, 2**63 - 1))
def retry(job_id: int) -> None:
    """Have a job that was given up tried again."""
    try:
        services.retry(job_id)
    except NotFound:
        message = f"no job {job_id} was given up"
        raise click.ClickException(message) from None
    click.echo(f"job {job_id} is tried again")


def _state(job: Job) -> str:
    if job.failed_at is not None:
        state = f"given up {job.failed_at.astimezone(clock.ZONE):%Y-%m-%d %H:%M}"
    elif job.leased_by is not None:
        state = f"with {job.leased_by}, attempt {job.attempts}"
    else:
        state = f"due {job.run_at.astimezone(clock.ZONE):%Y-%m-%d %H:%M}, {job.attempts} attempts"
    return f"{state}; {job.last_error}" if job.last_error else state
