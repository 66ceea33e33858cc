"""`scripts/work` reads its arguments, then the settings, then the schema, and only then begins to work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from core.database import database
from core.migrations import downgrade, expected_revision, upgrade
from core.settings import PROJECT_ROOT


def started(script: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What a script said until it ended by itself."""
    return subprocess.run(
        [sys.executable, f"scripts/{script}", *arguments],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "CHO40_ENV": "development"} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("script", ["work", "serve"])
def test_its_help_needs_neither_settings_nor_a_database(script: str) -> None:
    answer = started(script, "--help", CHO40_COLOUR="blue", CHO40_DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith(f"usage: scripts/{script}")


def refused(database_url: str) -> str:
    answer = started("work", CHO40_DATABASE_URL=database_url)
    assert (answer.returncode, answer.stdout) == (1, "")
    (line,) = answer.stderr.splitlines()
    return line


def test_it_does_not_begin_on_a_database_without_a_schema(app: Flask, database_url: str) -> None:
    downgrade(database(), "base")
    line = refused(database_url)
    upgrade(database())
    needed = f"the schema is –, but this code needs {expected_revision()}"
    assert line == f"{needed}: run `flask --app wsgi database upgrade`"


def test_it_does_not_begin_on_the_schema_of_another_version(app: Flask, database_url: str) -> None:
    with database().writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0009_newer'"))
    line = refused(database_url)
    with database().writing() as session:
        # What a test leaves in a database of PostgreSQL is emptied, its revision is not.
        session.execute(text("UPDATE alembic_version SET version_num = :own"), {"own": expected_revision()})
        assert session.scalar(text("SELECT count(*) FROM job_workers")) == 0
    assert "stands at revision 0009_newer, which this version does not know" in line


def test_a_database_that_does_not_answer_is_told_in_one_line() -> None:
    assert refused("postgresql+psycopg://127.0.0.1:9/none").startswith("the database does not answer: ")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert refused(f"sqlite:///{tmp_path / 'mistyped.db'}").startswith("there is no database at ")
    assert list(tmp_path.iterdir()) == []
