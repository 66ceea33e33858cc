"""Migrations: up, down and up again on both databases, and no drift from the models."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from core.engine import Database
from core.migrations import downgrade, drift, expected_revision, schema_revision, upgrade
from payments.live.container import LiveContainer


@pytest.fixture
def database(app: Flask) -> Database:
    return LiveContainer.of(app).database


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again_gives_the_same_tables(database: Database) -> None:
    before = tables(database)
    downgrade(database, "base")
    assert tables(database) == set()
    upgrade(database)
    assert tables(database) == before


def test_the_migrated_schema_is_the_one_of_the_models(database: Database) -> None:
    assert drift(database) == []


def test_drift_is_seen(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE markets ADD COLUMN surprise INTEGER"))
    assert drift(database)


def test_foreign_keys_still_hold_after_an_upgrade(database: Database) -> None:
    upgrade(database)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_statement_that_was_read_from_a_table_is_called_so_up_and_down_with_its_lines(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO statements (gateway, source, digest, name, credits_count, credits_vnd, debits_count,"
                " debits_vnd, passed_over, imported_at, imported_by_name)"
                " VALUES ('simbank', 'table', 'x', 'a.csv', 0, 0, 0, 0, 0, '2026-11-23', 'system')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO statement_accounts (statement_id, account_number, entire)"
                " SELECT id, '1', false FROM statements"
            )
        )

    def kept() -> tuple[str, int]:
        with database.engine.connect() as connection:
            accounts = text("SELECT count(*) FROM statement_accounts JOIN statements s ON s.id = statement_id")
            return connection.scalar(text("SELECT source FROM statements")), connection.scalar(accounts)

    downgrade(database, "0005_jobs")
    assert kept() == ("csv", 1)
    upgrade(database)
    assert kept() == ("table", 1)


def test_an_empty_database_has_no_revision(database: Database) -> None:
    downgrade(database, "base")
    with database.reading() as session:
        assert schema_revision(session) is None


def test_the_command_says_whether_the_schema_is_right(app: Flask, database: Database) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["database", "check"]).exit_code == 0
    with database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_markets_search_key"))
    answer = runner.invoke(args=["database", "check"])
    assert answer.exit_code == 1
    assert "ix_markets_search_key" in answer.stderr


def test_a_database_of_another_version_is_left_alone(app: Flask, database: Database) -> None:
    stand_at(database, "0004")
    answer = app.test_cli_runner().invoke(args=["database", "upgrade"])
    # What a test leaves in a database of PostgreSQL is emptied, its revision is not.
    stand_at(database, str(expected_revision()))
    assert answer.exit_code == 1
    assert "revision 0004" in answer.stderr
    assert "Traceback" not in answer.output


def stand_at(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
