"""Alembic, told which database is meant."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import click
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.database import Base, database
from core.engine import Database
from core.settings import PROJECT_ROOT

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


def known_revisions() -> set[str]:
    """Every migration of this code."""
    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def schema_revision(session: Session) -> str | None:
    """The migration that a database stands at; None when it has no schema yet."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def schema_fault(target: Database) -> str | None:
    """What keeps this code from working on a database, in one line that says what to do; None when nothing does."""
    file = _sqlite_file(target)
    if file is not None and not file.exists():
        # Asking would make the file.
        return f"there is no database at {file}: run `flask --app wsgi database upgrade`, or mend CHO40_DATABASE_URL"
    try:
        with target.reading() as session:
            found = schema_revision(session)
    except DBAPIError as error:
        return _silent(error)
    if found == expected_revision():
        return None
    if found is not None and found not in known_revisions():
        return _of_another_version(found)
    return (
        f"the schema is {found or '–'}, but this code needs {expected_revision()}:"
        " run `flask --app wsgi database upgrade`"
    )


def _sqlite_file(target: Database) -> Path | None:
    """Where a SQLite database is kept; None for PostgreSQL, and for one that is kept in memory."""
    file = target.engine.url.database
    return Path(file) if target.is_sqlite and file else None


def _silent(error: DBAPIError) -> str:
    return "the database does not answer: " + " ".join(str(error.orig).split())


def _of_another_version(found: str) -> str:
    return (
        f"this database stands at revision {found}, which this version does not know: it was made by another"
        " version. Use that one, or move the database away (a demo's is var/) and start anew."
    )


def drift(target: Database) -> list[Any]:
    """What a database's schema differs in from the tables of this code; empty when nothing does."""
    with target.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def upgrade(target: Database, revision: str = "head") -> None:
    """Bring a database to a revision; makes the folder of a SQLite file."""
    file = _sqlite_file(target)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(alembic_config(target), revision)


def downgrade(target: Database, revision: str) -> None:
    """Take a database back to a revision."""
    command.downgrade(alembic_config(target), revision)


@cli.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to the newest schema; safe to run again."""
    target = database()
    file = _sqlite_file(target)
    try:
        with target.reading() as session:
            standing = schema_revision(session) if file is None or file.exists() else None
        if standing is not None and standing not in known_revisions():
            raise click.ClickException(_of_another_version(standing))
        upgrade(target)
    except DBAPIError as error:
        raise click.ClickException(_silent(error)) from None
    except (CommandError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"database at {expected_revision()}")


@cli.command("check")
def check_command() -> None:
    """Compare the database with the tables of this code; exit 1 and a list when they differ."""
    found = drift(database())
    for difference in found:
        click.echo(difference, err=True)
    if found:
        raise SystemExit(1)
    click.echo("the database has the tables of this code")
