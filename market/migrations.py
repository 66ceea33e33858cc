"""Alembic, told which database is meant."""

from __future__ import annotations

from functools import cache

import click
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask.cli import AppGroup

from market.database import Database, database
from market.settings import PROJECT_ROOT, VAR

cli = AppGroup("database", help="The database's schema.")


def alembic_config(target: Database | None = None) -> Config:
    """Alembic's configuration, with the engine to work on when there is one."""
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations"))
    config.attributes["database"] = target
    return config


@cache
def expected_revision() -> str | None:
    """The newest migration of this code."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def upgrade(target: Database, revision: str = "head") -> None:
    """Bring a database to a revision."""
    if target.is_sqlite:
        VAR.mkdir(exist_ok=True)
    command.upgrade(alembic_config(target), revision)


def downgrade(target: Database, revision: str) -> None:
    """Take a database back to a revision."""
    command.downgrade(alembic_config(target), revision)


@cli.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to the newest schema; safe to run again."""
    upgrade(database())
    click.echo(f"database at {expected_revision()}")
