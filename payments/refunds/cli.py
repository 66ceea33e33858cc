"""Commands about refunds."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from payments.refunds.services import settle_all


@click.command("settle-refunds")
@with_appcontext
def settle_refunds() -> None:
    """Ask the banks for every refund whose outcome they have not told yet."""
    settled, left = settle_all()
    click.echo(f"{settled} settled, {left} still unknown")
