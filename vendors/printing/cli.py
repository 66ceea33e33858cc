"""Commands about cards."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from core.commands import Commands
from core.database import database
from market.markets.queries import find_market
from vendors.codes.errors import NoCards
from vendors.printing import cards
from vendors.printing.facts import CardSize

cli = Commands("cards", help="Printed cards.")


@cli.command("print")
@click.option("--market", required=True, help="Code of the market.")
@click.option("-o", "output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF to write.")
@click.option("--size", type=click.Choice([size.value for size in CardSize]), default="a6", show_default=True)
@click.option("--sheet", is_flag=True, help="Four A6 cards on each sheet of A4.")
def print_cards(market: str, output: Path, size: str, *, sheet: bool) -> None:
    """Write the cards of all stalls in operation of a market as one PDF."""
    if sheet and size != CardSize.A6.value:
        raise click.UsageError("Only A6 cards go four to a sheet.")
    with database().reading() as session:
        found = find_market(session, market)
        if found is None:
            message = f"there is no market {market}"
            raise click.ClickException(message)
        try:
            facts = cards.market_facts(session, found)
        except NoCards as error:
            message = f"no stall of {found.code} has a code yet"
            raise click.ClickException(message) from error
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(found.code, total=len(facts))
        content = cards.draw_market(
            found, facts, CardSize(size), sheet=sheet, progress=lambda done: progress.update(task, completed=done)
        )
    output.write_bytes(content)
    click.echo(f"{len(facts)} cards written to {output}")
