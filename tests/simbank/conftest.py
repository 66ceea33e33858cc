"""A bank for each test, on both databases; a partner that really listens; a signed-in shopper."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sqlalchemy.engine import make_url

import simbank
from simbank import queries
from simbank.database import Database
from simbank.models import Base
from tests.simbank.cast import Counter, Partner, Shopper, counter


@pytest.fixture(scope="session", autouse=True)
def simbank_words() -> None:
    """Compile the bank's words where they are newer than what was compiled."""
    for po in Path(simbank.__file__).parent.glob("translations/*/LC_MESSAGES/messages.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        fresh = mo.with_suffix(f".{uuid.uuid4().hex}")
        with po.open("rb") as words, fresh.open("wb") as compiled:
            write_mo(compiled, read_po(words))
        fresh.replace(mo)


@pytest.fixture(scope="session")
def simbank_sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new bank in a file, to be copied."""
    path = tmp_path_factory.mktemp("simbank") / "template.sqlite3"
    counter(f"sqlite:///{path}").bank.stop()
    return path


@pytest.fixture(scope="session")
def simbank_postgres_url(postgres_server_url: str) -> str:
    """The address of one PostgreSQL database for the whole run; each test empties it first."""
    name = f"simbank_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = make_url(postgres_server_url).set(database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def simbank_sqlite_url(simbank_sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a new bank on SQLite."""
    path = tmp_path / "simbank.sqlite3"
    shutil.copyfile(simbank_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def simbank_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a new bank; a test that asks for it runs on both kinds of database."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("simbank_sqlite_url"))
    url = str(request.getfixturevalue("simbank_postgres_url"))
    database = Database(url)
    database.prepare()
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    database.engine.dispose()
    return url


@pytest.fixture
def simbank_counter(simbank_database_url: str) -> Iterator[Counter]:
    """The bank on both databases."""
    made = counter(simbank_database_url)
    yield made
    made.bank.stop()


@pytest.fixture
def simbank_stall_counter(simbank_counter: Counter) -> Iterator[Counter]:
    """The bank on both databases, with a stall; its books must be right in the end."""
    simbank_counter.open_stall()
    yield simbank_counter
    with simbank_counter.bank.database.read() as session:
        assert queries.ledger_faults(session) == []


@pytest.fixture
def simbank_sqlite_counter(simbank_sqlite_url: str) -> Iterator[Counter]:
    """The bank on SQLite alone, for what does not touch the database's ways."""
    made = counter(simbank_sqlite_url)
    yield made
    made.bank.stop()


@pytest.fixture(scope="module")
def simbank_still_counter(simbank_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One bank with a stall for all tests of a file that change nothing."""
    path = tmp_path_factory.mktemp("simbank") / "still.sqlite3"
    shutil.copyfile(simbank_sqlite_template, path)
    made = counter(f"sqlite:///{path}")
    made.open_stall()
    yield made
    made.bank.stop()


@pytest.fixture
def simbank_shopper(simbank_sqlite_counter: Counter) -> Shopper:
    """A signed-in shopper."""
    shopper = Shopper(simbank_sqlite_counter.app)
    shopper.sign_in()
    return shopper


@pytest.fixture
def simbank_partner() -> Iterator[Partner]:
    """A partner that listens on loopback."""
    partner = Partner()
    yield partner
    partner.stop()
