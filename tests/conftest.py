"""What all tests stand on: both databases with the schema of the real migrations, the application, a fixed cast.

Each test has a database to itself, like a migrated template: our services commit for real, and some of them from
several threads, so that a rolled-back outer transaction would test something else than what runs.
"""

from __future__ import annotations

import gc
import os
import re
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from core.engine import Database
from core.migrations import upgrade
from core.settings import Settings, load_settings
from core.users import passwords
from payments.live.container import LiveContainer
from tests.support.applications import Applications
from tests.support.bank import InMemoryBank
from tests.support.cast import Cast, gather
from tests.support.engines import share_what_is_compiled
from tests.support.furnishings import Furnishings, lay_areas, lay_places, lent_database
from tests.support.postgres import Server
from tests.support.unflushed import unflushed

TEST_ENVIRONMENT = {
    "CHO40_ENV": "development",
    "CHO40_PUBLIC_URL": "http://cho.test",
    "CHO40_LOG_LEVEL": "ERROR",
}

# A busy machine is slow now and then; a property does not fail by the clock.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

# Hundreds of tests sign in; what a guess costs is not what they are about.
passwords.set_cost(time_cost=1, memory_cost_kib=8)

share_what_is_compiled()


#: Tests of what a page shows, which run on SQLite alone: the services and queries behind the pages have tests of their
#: own on both databases, and `tests/test_access.py` and `tests/test_reading.py` open every page on both.
PAGES_ALONE = (
    "tests/adoption/indicators/test_pages.py",
    "tests/core/users/test_users_pages.py",
    "tests/core/web/test_forms.py",
    "tests/core/web/test_security.py",
    "tests/payments/reconciliation/test_pages.py",
    "tests/payments/screen/test_asking.py",
    "tests/payments/screen/test_giving_back.py",
    "tests/payments/screen/test_pages.py",
    "tests/payments/screen/test_payment.py",
    "tests/payments/unmatched/test_pages.py",
    "tests/vendors/checks/test_public_pages.py",
    "tests/vendors/registration/test_pages.py",
)


#: What takes longest: begun at the end, one of them would keep a worker busy while the others have nothing left.
LONGEST = (
    "tests/demo/test_cards_read_back.py",
    "tests/browser/test_every_page.py",
    "tests/test_killed_server.py",
    "tests/browser/test_whole_loop.py",
    "tests/simulation/test_mutations.py",
    "tests/benchmarks/test_kill.py",
    "tests/test_contract.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave PostgreSQL out where pages alone are tested, and put what takes longest first."""
    pages = set(_files(config, PAGES_ALONE))
    left_out = [item for item in items if item.path in pages and re.search(r"[\[-]postgresql[\]-]", item.name)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = _longest_first(config, [item for item in items if item not in set(left_out)])


def _files(config: pytest.Config, names: tuple[str, ...]) -> list[Path]:
    """The paths of files that must be there."""
    paths = [config.rootpath / name for name in names]
    assert not (missing := [str(path) for path in paths if not path.is_file()]), missing
    return paths


def _longest_first(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """In the order of `LONGEST`, dealt to the workers in turn: each of them begins with one after another's share."""
    places = {path: place for place, path in enumerate(_files(config, LONGEST))}
    long = sorted((item for item in items if item.path in places), key=lambda item: places[item.path])
    short = [item for item in items if item.path not in places]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = len(short) / workers
    dealt = ([*long[n::workers], *short[round(n * share) : round((n + 1) * share)]] for n in range(workers))
    return [item for one in dealt for item in one]


def pytest_collection_finish() -> None:
    """Have what lives as long as the run, modules and collected tests, no longer looked through for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run, shared by all its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The run's one PostgreSQL server; it stops with the run and takes its files along."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # Not below pytest's own folder: run by root the server is another user, whom every new run of pytest shuts out.
    server = Server(Path(tempfile.gettempdir()) / f"cho40-test-{run[:12]}")
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_server_url(postgres: Server) -> str:
    """Its address, as its superuser."""
    return postgres.url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    """The name of a PostgreSQL database with the newest schema and nothing in it."""
    name = postgres.create()
    _migrate(postgres.sqlalchemy_url(name))
    return name


@pytest.fixture(scope="session")
def furnishings(applications: Applications, tmp_path_factory: pytest.TempPathFactory) -> Furnishings:
    """What tests of this process begin with, to be copied."""
    return Furnishings(applications, settings_on, tmp_path_factory.mktemp("furnishings"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database; every test that asks for it runs on both kinds.

    Where the test asks for the cast, or for the real places, they are in it from the start.
    """
    with lent_database(request, tmp_path / "test.db") as url:
        yield url


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings that the application under test was made with."""
    return settings_on(database_url)


@pytest.fixture
def bank() -> InMemoryBank:
    """A bank that issues virtual accounts and knows the holders that a test tells it."""
    return InMemoryBank()


@pytest.fixture(scope="session")
def applications() -> Applications:
    """The applications of this process."""
    return Applications()


@pytest.fixture
def own_app() -> None:
    """Asked for by what does to the application what can't be put back: makes `app` one that no other test sees."""


@pytest.fixture
def app(
    request: pytest.FixtureRequest, applications: Applications, settings: Settings, bank: InMemoryBank
) -> Iterator[Flask]:
    """The application, with an application context pushed for calling services."""
    # Where tests add routes, a fixture of this name says which.
    addition = request.getfixturevalue("addition") if "addition" in request.fixturenames else None
    with applications.lend(settings, own="own_app" in request.fixturenames, addition=addition) as app:
        LiveContainer.of(app).issuer = bank
        with app.app_context():
            yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser, as it were: keeps cookies, sends forms with their token; not signed in."""
    return app.test_client()


@pytest.fixture
def cast(app: Flask, database_url: str, furnishings: Furnishings, bank: InMemoryBank) -> Cast:
    """Two markets with a vendor each, a board, officers of each level, and an outsider; see `tests.support.cast`."""
    furnishing = furnishings.lent_with(database_url, "cast")
    if furnishing is None:  # asked for when the test was running already
        return gather()
    furnishing.introduce_to(bank)
    assert isinstance(furnishing.laid, Cast)
    return furnishing.laid


@pytest.fixture
def areas(app: Flask, database_url: str, furnishings: Furnishings) -> Flask:
    """The application with both trees of areas."""
    if not any(furnishings.lent_with(database_url, name) for name in ("areas", "places")):
        lay_areas()
    return app


@pytest.fixture
def places(app: Flask, database_url: str, furnishings: Furnishings) -> Flask:
    """The application with the areas and the markets in them."""
    if furnishings.lent_with(database_url, "places") is None:
        lay_places()
    return app


def settings_on(database_url: str) -> Settings:
    """The settings of tests, on this database."""
    return load_settings(TEST_ENVIRONMENT | {"CHO40_DATABASE_URL": database_url})


def _migrate(url: str) -> None:
    database = Database(url)
    unflushed(database)
    upgrade(database)
    database.dispose()
