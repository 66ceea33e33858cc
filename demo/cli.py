"""Commands about demo data."""

from __future__ import annotations

import click
from rich.console import Console

from core.commands import Commands
from core.container import CoreContainer
from core.permissions.principal import SYSTEM
from demo import loading
from demo.people import VENDORS_MAX
from demo.progress import show_progress
from market.areas.registry import read_areas
from market.areas.services import load_areas
from market.markets.registry import read_markets
from market.markets.services import load_markets

cli = Commands("demo", help="Synthetic data for demonstrations.")


@cli.command("load")
@click.option(
    "--markets",
    "market_count",
    type=click.IntRange(1),
    default=31,
    show_default=True,
    help="How many of the real markets take part.",
)
@click.option(
    "--stalls",
    type=click.IntRange(1, VENDORS_MAX),
    default=1_500,
    show_default=True,
    help="Synthetic stalls over all markets.",
)
@click.option(
    "--days", type=click.IntRange(1), default=90, show_default=True, help="Days of payments, today being the last."
)
@click.option("--payments", type=click.IntRange(0), default=300_000, show_default=True, help="Synthetic payments.")
@click.option("--seed", default=2026, show_default=True, help="The same seed on the same day gives the same data.")
def load(market_count: int, stalls: int, days: int, payments: int, seed: int) -> None:
    """Load real areas and markets, synthetic stalls and payments. Does nothing when there are stalls already."""
    settings = CoreContainer.current().settings
    if settings.env == "production":
        raise click.ClickException("demo data has no place in production")
    if loading.already_loaded():
        click.echo("stalls are there already; demo data was not loaded again")
        return
    load_areas(read_areas())
    load_markets(SYSTEM, read_markets())
    plan = loading.Plan(market_count, stalls, days, payments, seed)
    with show_progress(Console(stderr=True)) as progress:
        loading.load(settings, plan, progress)
    click.echo("demo data loaded")
