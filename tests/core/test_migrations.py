"""Migrations: up, down and up again on both databases, and no drift from the models."""

from __future__ import annotations

import ast

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from core.engine import Database
from core.migrations import downgrade, drift, expected_revision, schema_revision, upgrade
from core.permissions.principal import SYSTEM, Grant, Principal
from core.permissions.roles import Role, Scope
from core.settings import PROJECT_ROOT
from core.users.services import NewUser, open_user
from payments.live.container import LiveContainer
from payments.requests.services import ask
from tests.support.money import coded_stalls


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


def test_migrations_stand_on_nothing_of_ours_that_may_change() -> None:
    ours = {path.name for path in PROJECT_ROOT.iterdir() if (path / "__init__.py").exists()} | {"wsgi", "asgi"}
    assert {"core", "payments"} <= ours
    for file in (PROJECT_ROOT / "migrations" / "versions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & ours, file.name


def test_users_of_before_are_given_their_place_among_others_by_name(app: Flask, database: Database) -> None:
    user = open_user(SYSTEM, NewUser("loc.an", "Lộc An 12", None))
    downgrade(database, "0002_users_sort_key")
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE users SET sort_key = ''"))
    upgrade(database)
    with database.engine.connect() as connection:
        found = connection.scalar(text("SELECT sort_key FROM users WHERE id = :id"), {"id": user.id})
    assert found == "lo~c 5 an 0 0212 0 !1001"


def test_a_reference_of_a_code_and_of_a_request_is_named_with_what_to_do(app: Flask, database: Database) -> None:
    (stall,) = coded_stalls(1)
    vendor = Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))
    asked = ask(vendor, stall.code, 50_000, key="k1")
    downgrade(database, "0003_fill_users_sort_key")
    give = text("UPDATE payment_requests SET reference = :reference")
    with database.engine.begin() as connection:
        connection.execute(give, {"reference": stall.reference})
    answer = app.test_cli_runner().invoke(args=["database", "upgrade"])
    assert answer.exit_code == 1
    assert f"{stall.reference} (code of stall {stall.id}, request {asked.id} of stall {stall.id})" in answer.stderr
    assert "set its `reference` in payment_requests" in answer.stderr
    with database.engine.begin() as connection:
        connection.execute(give, {"reference": asked.reference})
    assert app.test_cli_runner().invoke(args=["database", "upgrade"]).exit_code == 0


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
