"""Commands about users: the first ones, and tokens for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from core.commands import Commands
from core.database import read_session
from core.errors import InvalidInput, Problem
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.users import passwords, queries, services, usernames
from core.users.services import NewUser
from core.users.targets import grant_from_codes

tokens = Commands("tokens", help="Bearer tokens for programs.")
users = Commands("users", help="People who sign in; all but the first are added on the page Users.")

ROLE = click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
AREA = click.option("--area", help="Code of the area that the role is limited to.")
MARKET = click.option("--market", help="Code of the market that the role is limited to.")
STALL = click.option("--stall", help="Code of the stall that the role is limited to.")


@tokens.command("issue")
@ROLE
@AREA
@MARKET
@STALL
@click.option("--name", required=True, help="Whose token this is, as the audit trail shows it.")
def issue(role: str, name: str, **codes: str | None) -> None:
    """Issue a token and print it, alone; it is shown this once."""
    with _refusals_as_lines():
        click.echo(services.issue_token(SYSTEM, name, _grant(role, codes)))


@users.command("open")
@ROLE
@AREA
@MARKET
@STALL
@click.option("--username", required=True, help="Phone number or user name to sign in with.")
@click.option("--name", required=True, help="Full name.")
def open_user(role: str, username: str, name: str, **codes: str | None) -> None:
    """Open a user and print its one-time password, alone; it is shown this once."""
    password = passwords.prepare_one_time()
    with _refusals_as_lines():
        new = NewUser(username, name, password, (_grant(role, codes),), must_change_password=True)
        services.open_user(SYSTEM, new)
    click.echo(password.plain)


@users.command("reset")
@click.option("--username", required=True, help="Phone number or user name that the user signs in with.")
def reset_password(username: str) -> None:
    """Give a user a one-time password and print it, alone; every browser of it is signed out."""
    user = queries.find_by_username(read_session(), usernames.compact(username))
    if user is None:
        message = f"nobody signs in as {username}"
        raise click.ClickException(message)
    click.echo(services.reset_password(SYSTEM, user.id))


def _grant(role: str, codes: dict[str, Any]) -> Grant:
    return grant_from_codes(role, {Scope(name): code for name, code in codes.items()})


@contextmanager
def _refusals_as_lines() -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        for field, messages in error.errors.items():
            click.echo(f"{field}: {messages[0]}", err=True)
        raise SystemExit(1) from error
    except Problem as error:
        raise click.ClickException(str(error.title)) from error
