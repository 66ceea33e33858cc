"""Commands about markets."""

from __future__ import annotations

import click

from core.commands import Commands
from core.permissions.principal import SYSTEM
from market.markets.errors import AreasMissing
from market.markets.registry import read_markets
from market.markets.services import load_markets

cli = Commands("markets", help="The registry of markets.")


@cli.command("load")
def load() -> None:
    """Load the real markets of former Bình Phước; safe to run again."""
    try:
        click.echo(f"markets: {load_markets(SYSTEM, read_markets())}")
    except AreasMissing as error:
        raise click.ClickException(str(error.detail)) from error
