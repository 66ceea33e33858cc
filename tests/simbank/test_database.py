"""The bank's own database: made once, refused when it is another version's, careful with the disk."""

import pytest
from sqlalchemy import text

from simbank import SchemaError
from simbank.database import Database
from tests.simbank.cast import counter


def test_preparing_twice_keeps_everything(simbank_database_url):
    made = counter(simbank_database_url)
    made.open_stall()
    made.bank.stop()

    again = counter(simbank_database_url)

    assert again.holder("1234567890") == "NGUYEN THI BE SAU"
    again.bank.stop()


def test_a_database_of_another_version_is_refused(simbank_sqlite_url):
    database = Database(simbank_sqlite_url)
    with database.write() as session:
        session.execute(text("UPDATE schema_version SET version = 99"))

    with pytest.raises(SchemaError, match="schema 99"):
        database.prepare()
    database.engine.dispose()


def test_sqlite_is_durable_and_strict(simbank_sqlite_counter):
    with simbank_sqlite_counter.bank.database.read() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_reader_cannot_write_on_postgresql(simbank_counter):
    if simbank_counter.bank.database.is_sqlite:
        pytest.skip("SQLite has no read-only transactions")
    with pytest.raises(Exception, match="read-only"), simbank_counter.bank.database.read() as session:
        session.execute(text("DELETE FROM credits"))
