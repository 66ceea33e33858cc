"""The bank's own database: made once, brought forward when older, refused when newer; careful with the disk."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from simbank import SchemaError
from simbank.database import Database
from simbank.models import Base
from tests.simbank.cast import counter


def test_preparing_twice_keeps_everything(simbank_database_url):
    made = counter(simbank_database_url)
    made.open_stall()
    made.bank.stop()

    again = counter(simbank_database_url)

    assert again.holder("1234567890") == "NGUYEN THI BE SAU"
    again.bank.stop()


def test_a_database_of_a_version_that_is_not_known_is_refused(simbank_sqlite_url):
    database = Database(simbank_sqlite_url)
    with database.write() as session:
        session.execute(text("UPDATE schema_version SET version = 99"))

    with pytest.raises(SchemaError, match="schema 99"):
        database.prepare()
    database.engine.dispose()


FIRST_SCHEMA = Path(__file__).parent / "schemas"
WRITTEN_BY_THE_FIRST = """
INSERT INTO accounts (id, number, holder_name, kind, status, balance_vnd, reported, payer_ref, opened_at) VALUES
    (1, 'HOUSE', 'SIMBANK', 'house', 'active', -9000, false, 'PHOUSE', '2026-11-22 05:00:00'),
    (2, '1234567890', 'NGUYEN THI BE SAU', 'customer', 'active', 4000, true, 'PSTALL', '2026-11-22 05:00:00'),
    (3, '990100000001', 'KHACH MAU MOT', 'customer', 'active', 5000, false, 'PSHOPPER', '2026-11-22 05:00:00');
INSERT INTO customers (id, phone, pin, account_id) VALUES (1, '0100000001', '1111', 3);
INSERT INTO transfers
    (id, bank_ref, idempotency_key, kind, payer_id, payee_id, to_bank_bin, to_number, amount_vnd, content, state,
     made_at)
VALUES
    (1, 'FT1', 'o', 'opening', 1, 3, '970499', '990100000001', 9000, '', 'done', '2026-11-22 05:00:00'),
    (2, 'FT2', 'p', 'transfer', 3, 2, '970499', '1234567890', 4000, 'RAU', 'done', '2026-11-22 06:00:00');
INSERT INTO ledger_entries (id, transfer_id, account_id, amount_vnd, balance_after_vnd, booked_at) VALUES
    (1, 1, 1, -9000, -9000, '2026-11-22 05:00:00'), (2, 1, 3, 9000, 9000, '2026-11-22 05:00:00'),
    (3, 2, 3, -4000, 5000, '2026-11-22 06:00:00'), (4, 2, 2, 4000, 4000, '2026-11-22 06:00:00');
INSERT INTO messages (id, state, made_at, attempts, due_at)
    VALUES ('msg_old', 'pending', '2026-11-22 06:00:00', 1, '2026-11-22 06:00:00');
INSERT INTO credits
    (seq, id, transfer_id, message_id, bank_ref, account_number, amount_vnd, content, payer_bank_bin, payer_name,
     payer_ref, paid_at)
VALUES
    (1, 'cr_old', 2, 'msg_old', 'FT2', '1234567890', 4000, 'RAU', '970499', 'KHACH MAU MOT', 'PSHOPPER',
     '2026-11-22 06:00:00');
"""


@pytest.fixture
def first_schema_url(simbank_database_url, tmp_path):
    """A bank as the first schema left it, with a payment whose message waits to be sent again."""
    url = simbank_database_url
    if url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    database = Database(url)
    script = (FIRST_SCHEMA / f"1_{'sqlite' if database.is_sqlite else 'postgresql'}.sql").read_text()
    with database.write() as session:
        Base.metadata.drop_all(session.connection())
        for statement in (script + WRITTEN_BY_THE_FIRST).split(";\n"):
            if statement.strip():
                session.connection().exec_driver_sql(statement)
        if not database.is_sqlite:
            for table, column in (("transfers", "id"), ("ledger_entries", "id"), ("credits", "seq")):
                sequence = f"pg_get_serial_sequence('{table}', '{column}')"
                session.execute(text(f"SELECT setval({sequence}, (SELECT max({column}) FROM {table}))"))
            session.execute(text("SELECT setval(pg_get_serial_sequence('accounts', 'id'), 3)"))
    database.engine.dispose()
    return url


def shape(database: Database) -> dict[str, object]:
    found = inspect(database.engine)
    return {
        table: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)),
            sorted(str(index["name"]) for index in found.get_indexes(table)),
            sorted(str(check["name"]) for check in found.get_check_constraints(table)),
        )
        for table in Base.metadata.tables
    }


def test_a_database_of_the_first_schema_is_brought_forward_with_all_that_is_in_it(first_schema_url, tmp_path):
    made = counter(first_schema_url)
    made.step()

    [parcel] = made.sender.parcels
    assert (parcel.message_id, parcel.attempt) == ("msg_old", 2)
    assert made.balance_vnd("1234567890") == 4_000
    assert made.refund("cr_old", 1_000).status_code == 201
    assert made.pay("1234567890", 2_000).status_code == 201
    made.bank.stop()
    counter(first_schema_url).bank.stop()


def test_a_database_that_was_brought_forward_is_as_a_new_one(first_schema_url):
    database = Database(first_schema_url)
    database.prepare()
    brought_forward = shape(database)
    with database.write() as session:
        Base.metadata.drop_all(session.connection())
    database.prepare()

    assert brought_forward == shape(database)
    database.engine.dispose()


def test_a_credit_that_was_brought_forward_cannot_give_back_more_than_it_is(first_schema_url):
    database = Database(first_schema_url)
    database.prepare()

    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE credits SET returned_vnd = amount_vnd + 1"))
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
