"""Commands about refunds."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from payments.refunds.services import poll_refunds


@click.command("poll-refunds")
@with_appcontext
def poll_refunds_command() -> None:
    """Ask the banks for every refund whose outcome they have not told yet."""
    settled, left = poll_refunds()
    click.echo(f"{settled} settled, {left} still unknown")
