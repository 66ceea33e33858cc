"""Commands about payments."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from core.database import database
from core.money import format_vnd
from payments.verification.services import verify_side_by_side


@click.command("verify")
@with_appcontext
def verify_command() -> None:
    """Check every invariant over all that is recorded; exit 1 and a report when one is broken."""
    columns = (TextColumn("checking, by pieces"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=None)
        report = verify_side_by_side(database(), lambda done, of: bar.update(task, completed=done, total=of))
    click.echo(
        f"{report.credits} credits: {report.payments} payments of {report.stalls} stalls, "
        f"{format_vnd(report.payments_vnd)}; {report.unmatched} without a stall; {report.corrections} corrections; "
        f"{report.messages} messages read anew"
    )
    for finding in report.findings:
        click.echo(f"broken: {finding}")
    if report.broken > len(report.findings):
        click.echo(f"broken: {report.broken - len(report.findings)} more")
    if not report.sound:
        raise SystemExit(1)
    click.echo("sound: every invariant holds")
