"""Commands about areas."""

from __future__ import annotations

import click

from core.commands import Commands
from market.areas.registry import read_areas
from market.areas.services import load_areas

cli = Commands("areas", help="The registry of areas.")


@cli.command("load")
def load() -> None:
    """Load both trees of areas with their outlines; safe to run again."""
    click.echo(f"areas: {load_areas(read_areas())}")
