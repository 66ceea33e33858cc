"""`python -m tests.simulation --seed N --steps M [--database sqlite|postgresql]`: one simulation, and what happened."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import click
from rich.progress import Progress

from tests.simulation.databases import Lender, migrated, on_postgresql, on_sqlite
from tests.simulation.run import Failed, simulate
from tests.support.postgres import Server


def main() -> None:
    """Exit 1 with the seed, the step and the trace when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides everything that is random")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cho40-simulation-") as name, Progress(transient=True) as bar:
        task = bar.add_task(f"seed {given.seed}", total=given.steps)
        with _lender(given.database, Path(name))() as (url, folder):
            try:
                counts = simulate(url, folder, given.seed, given.steps, progress=lambda: bar.advance(task))
            except Failed as failed:
                bar.stop()
                sys.exit(str(failed))
    for what in sorted(counts):
        click.echo(f"{what:44}{counts[what]:>8}")
    click.echo(f"sound: seed {given.seed}, {given.steps} steps on {given.database} in {time.monotonic() - began:.0f} s")


def _lender(kind: str, folder: Path) -> Lender:
    if kind == "sqlite":
        migrated(f"sqlite:///{folder / 'template.db'}")
        return on_sqlite(folder / "template.db")
    # Not below our folder: run by root the server is another user, who may not look into it.
    server = Server(Path(tempfile.gettempdir()) / f"{folder.name}-server")
    template = server.create()
    migrated(server.sqlalchemy_url(template))
    return on_postgresql(server, template)


if __name__ == "__main__":
    main()
