"""Commands about people: tokens for programs."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from market.errors import InvalidInput
from market.people import services
from market.people.permissions import Role, Scope
from market.people.principal import SYSTEM
from market.people.targets import grant_from_codes

cli = AppGroup("tokens", help="Bearer tokens for programs.")


@cli.command("issue")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--area", help="Code of the area that the role is limited to.")
@click.option("--market", help="Code of the market that the role is limited to.")
@click.option("--stall", help="Code of the stall that the role is limited to.")
@click.option("--name", required=True, help="Whose token this is, as the audit trail shows it.")
def issue(role: str, area: str | None, market: str | None, stall: str | None, name: str) -> None:
    """Issue a token and print it, alone; it is shown this once."""
    try:
        grant = grant_from_codes(role, {Scope.AREA: area, Scope.MARKET: market, Scope.STALL: stall})
        click.echo(services.issue_token(SYSTEM, name, grant))
    except InvalidInput as error:
        for field, messages in error.errors.items():
            click.echo(f"{field}: {messages[0]}", err=True)
        raise SystemExit(1) from error
