"""Commands about statements: `payments import-statement` and `payments reconcile`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import with_appcontext

from core import clock
from core.database import database
from core.money import format_vnd
from core.permissions.principal import SYSTEM
from core.web.api import DAY_MIN
from payments.container import PaymentsContainer
from payments.gateways.port import Gateway
from payments.gateways.registry import ADAPTERS
from payments.reconciliation import queries, services
from payments.reconciliation.errors import OfAnotherGateway
from payments.reconciliation.outcomes import Source
from payments.statements.errors import Unreadable
from vendors.issuer import BankUnavailable

#: What the exit codes mean besides 0: nothing was taken, and: everything was taken, and a person must look.
FAILED = 1
LOOK = 3


@click.command("import-statement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--gateway", help="The gateway whose accounts it is of; needed where several are set up.")
@click.option(
    "--format",
    "source",
    type=click.Choice([Source.CAMT.value, Source.TABLE.value]),
    help="Else the file itself tells: XML, or a table.",
)
@with_appcontext
def import_statement(file: Path, gateway: str | None, source: str | None) -> None:
    """Hold a bank's statement against what is recorded, and record what is missing.

    Exit 0: everything fits; 1: the file cannot be read or was imported for another gateway, nothing was kept;
    3: imported, and discrepancies are open.
    """
    name = _gateway_name(gateway)
    with file.open("rb") as stream:
        try:
            imported = services.import_file(SYSTEM, name, stream, _source(stream, source), file.name)
        except Unreadable as error:
            click.echo(f"{file.name} cannot be read as a statement, nothing was kept:\n{error}", err=True)
            raise SystemExit(FAILED) from error
        except OfAnotherGateway as error:
            click.echo(f"{file.name} is another gateway's statement, nothing was kept:\n{error.detail}", err=True)
            raise SystemExit(FAILED) from error
    if imported.went_on:
        click.echo("imported before and interrupted: it went on where it had stopped")
    elif not imported.fresh:
        click.echo("imported before, nothing is changed")
    if _tell(imported.statement_id):
        raise SystemExit(LOOK)


@click.command("reconcile")
@click.option("--gateway", help="This gateway alone.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="A market day; yesterday when left out.")
@with_appcontext
def reconcile(gateway: str | None, day: datetime | None) -> None:
    """Ask the gateways for a day's statement and hold it against what is recorded; what the worker does every morning.

    Exit 0: everything fits; 1: a gateway could not be asked now; 3: discrepancies are open.
    """
    asked = day.date() if day is not None else clock.today() - timedelta(days=1)
    if not DAY_MIN <= asked <= clock.today():
        raise click.BadParameter(f"give a day from {DAY_MIN} to today", param_hint="--date")
    failed = False
    open_discrepancies = _finish(gateway)
    for one in _gateways(gateway):
        if not one.supports_statements:
            click.echo(f"{one.name} tells no statements: import its file with import-statement")
            continue
        try:
            imported = services.reconcile_day(SYSTEM, one, asked)
        except BankUnavailable:
            click.echo(f"{one.name} cannot be asked now: nothing was changed, run this again", err=True)
            failed = True
            continue
        open_discrepancies += _tell(imported.statement_id)
    if failed:
        raise SystemExit(FAILED)
    if open_discrepancies:
        raise SystemExit(LOOK)


def _finish(gateway: str | None) -> int:
    """Go on where processing was interrupted; gives how many discrepancies those statements leave open."""
    left = 0
    for statement_id in services.unprocessed(gateway):
        services.process_statement(statement_id)
        left += _tell(statement_id)
    return left


def _gateway_name(given: str | None) -> str:
    known = sorted(PaymentsContainer.current().gateways)
    if given is not None:
        # A gateway that is no longer set up may still have sent a statement.
        if given not in ADAPTERS:
            raise click.BadParameter(f"there is {', '.join(sorted(ADAPTERS))}", param_hint="--gateway")
        return given
    if len(known) != 1:
        raise click.BadParameter(f"say which one: {', '.join(known) or 'none is set up'}", param_hint="--gateway")
    return str(known[0])


def _gateways(given: str | None) -> Iterable[Gateway]:
    gateways = PaymentsContainer.current().gateways
    if given is None:
        return gateways.values()
    if given not in gateways:
        raise click.BadParameter(f"set up are {', '.join(gateways) or 'none'}", param_hint="--gateway")
    return [gateways[given]]


def _source(stream: BinaryIO, given: str | None) -> Source:
    return Source(given) if given is not None else services.guess_source(stream)


def _tell(statement_id: int) -> int:
    """Print a statement's summary; gives how many discrepancies it leaves open."""
    with database().reading() as session:
        found = queries.summary_of(session, statement_id)
        assert found is not None
    one = found.statement
    click.echo(
        f"statement {one.id} of {one.gateway} ({one.source}): "
        f"{one.credits_count} credits, {format_vnd(one.credits_vnd)}; "
        f"{one.debits_count} debits, {format_vnd(one.debits_vnd)}; {one.passed_over} passed over"
    )
    for outcome, total in found.outcomes.items():
        if total.count:
            click.echo(
                f"  {outcome.value:10}{total.count:8}   in {format_vnd(total.credits_vnd)}"
                f"   out {format_vnd(total.debits_vnd)}"
            )
    click.echo(f"  discrepancies open: {found.open_discrepancies}")
    return found.open_discrepancies


COMMANDS = (import_statement, reconcile)
