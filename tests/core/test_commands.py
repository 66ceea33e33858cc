"""Commands look first whether their database is there and fits this code."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import text

from core.commands import Commands
from core.database import database
from core.engine import Database
from core.migrations import downgrade, expected_revision, upgrade
from payments.live.container import LiveContainer

ONE_OF_EACH = (
    ("jobs", "list"),
    ("users", "reset", "--username", "nobody"),
    ("payments", "verify"),
    ("markets", "load"),
    ("areas", "load"),
)


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=arguments)
    return done.exit_code, done.output


def test_every_group_but_that_of_the_schema_looks(app: Flask) -> None:
    groups = {name: one for name, one in app.cli.commands.items() if isinstance(one, click.Group) and one.commands}
    looking = {name for name, one in groups.items() if isinstance(one, Commands)}
    # flask-smorest writes its description without a database.
    assert groups.keys() - looking == {"database", "openapi"}


@pytest.mark.parametrize("arguments", ONE_OF_EACH)
def test_a_database_without_a_schema_is_refused(app: Flask, arguments: tuple[str, ...]) -> None:
    downgrade(database(), "base")
    code, said = run(app, *arguments)
    upgrade(database())
    assert (code, said) == (
        1,
        f"Error: the schema is –, but this code needs {expected_revision()}: run `flask --app wsgi database upgrade`\n",
    )


@pytest.mark.parametrize("arguments", [*ONE_OF_EACH, ("database", "upgrade")])
def test_a_database_of_a_newer_version_is_refused(app: Flask, arguments: tuple[str, ...]) -> None:
    with database().writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0999_newer'"))
    code, said = run(app, *arguments)
    with database().writing() as session:
        # What a test leaves in a database of PostgreSQL is emptied, its revision is not.
        session.execute(text("UPDATE alembic_version SET version_num = :own"), {"own": expected_revision()})
    assert code == 1
    assert "stands at revision 0999_newer, which this version does not know" in said


@pytest.mark.parametrize("arguments", [("jobs", "list"), ("database", "upgrade")])
def test_what_is_no_database_is_told_in_one_line(app: Flask, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Kính gửi ban quản lý chợ, " * 100)
    LiveContainer.of(app).database = Database(f"sqlite:///{file}")
    assert run(app, *arguments) == (1, "Error: the database does not answer: file is not a database\n")


def test_a_file_that_is_not_there_is_made_by_the_upgrade_alone(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "new" / "ours.db"
    LiveContainer.of(app).database = Database(f"sqlite:///{file}")
    code, said = run(app, "jobs", "list")
    assert (code, file.parent.exists()) == (1, False)
    assert f"there is no database at {file}" in said
    assert run(app, "database", "upgrade") == (0, f"database at {expected_revision()}\n")
    assert run(app, "jobs", "list")[0] == 0
