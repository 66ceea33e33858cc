"""The database: one unit of work per service call, on both kinds alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from core import clock
from core import engine as module
from core.database import TRIES, after_commit, database, read_session, sweep, sweep_all, unit_of_work
from core.engine import Database
from core.users.models import User
from core.web.models import Throttle
from core.web.services import throttle
from tests.support.unflushed import unflushed


def user(username: str) -> User:
    return User(username=username, name="Mẫu", created_at=clock.now())


def count() -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


@unit_of_work
def add(session: Session, *usernames: str) -> None:
    session.add_all(user(username) for username in usernames)


@unit_of_work
def add_and_fail(session: Session, username: str) -> None:
    session.add(user(username))
    session.flush()
    raise RuntimeError


def test_it_commits_at_the_end(app: Flask) -> None:
    add("a", "b")
    assert count() == 2


def test_it_gives_what_the_service_gives(app: Flask) -> None:
    @unit_of_work
    def count_users(session: Session, *, more: int) -> int:
        return more + (session.scalar(select(func.count()).select_from(User)) or 0)

    add("a")
    assert count_users(more=10) == 11


def test_an_error_takes_everything_back(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        add_and_fail("a")
    assert count() == 0


def test_it_does_not_nest(app: Flask) -> None:
    @unit_of_work
    def outer(session: Session) -> None:
        session.add(user("a"))
        add("b")

    with pytest.raises(RuntimeError, match="open already"):
        outer()
    assert count() == 0
    add("a")
    assert count() == 1, "and the next one begins as if nothing had been"


def test_a_read_afterwards_sees_what_was_written(app: Flask) -> None:
    assert read_session().scalar(select(func.count()).select_from(User)) == 0
    add("a")
    assert read_session().scalar(select(func.count()).select_from(User)) == 1


def test_what_waits_for_the_commit_runs_after_it(app: Flask) -> None:
    seen: list[int] = []

    @unit_of_work
    def add_and_tell(session: Session) -> None:
        session.add(user("a"))
        after_commit(session, lambda: seen.append(count()))
        assert seen == []

    add_and_tell()
    assert seen == [1]


def test_what_waits_for_the_commit_does_not_run_without_it(app: Flask) -> None:
    seen: list[str] = []

    @unit_of_work
    def tell_and_fail(session: Session) -> None:
        after_commit(session, lambda: seen.append("told"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()
    assert seen == []


def test_what_fails_after_the_commit_undoes_nothing(app: Flask) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise RuntimeError

    @unit_of_work
    def add_and_tell(session: Session) -> None:
        session.add(user("a"))
        after_commit(session, fail)
        after_commit(session, lambda: seen.append("told"))

    with capture_logs() as logged:
        add_and_tell()
    assert count() == 1
    assert seen == ["told"]
    assert [entry["event"] for entry in logged] == ["after_commit_failed"]


def test_sqlite_waits_for_the_disk_in_service_and_not_in_tests_that_end_no_process(tmp_path: Path) -> None:
    in_service, in_tests = (Database(f"sqlite:///{tmp_path / name}.db") for name in ("service", "tests"))
    unflushed(in_tests)
    found = []
    for one in (in_service, in_tests):
        with one.writing() as session:
            found.append(session.scalar(text("PRAGMA synchronous")))
        one.dispose()
    full, off = 2, 0
    assert found == [full, off]


def test_foreign_keys_hold(app: Flask) -> None:
    with pytest.raises(IntegrityError), database().writing() as session:
        session.execute(text("UPDATE users SET id = id"))
        session.execute(
            text(
                "INSERT INTO grants (user_id, role, scope, granted_at)"
                " VALUES (999, 'admin', 'everywhere', '2026-01-01 00:00:00+00')"
            )
        )


def test_an_error_names_its_statement_and_no_value(app: Flask) -> None:
    add("0900000001")
    with pytest.raises(IntegrityError) as caught:
        add("0900000001")
    assert "INSERT INTO users" in str(caught.value)
    assert "Mẫu" not in str(caught.value)


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="zone"), database().writing() as session:
        session.add(User(username="a", name="Mẫu", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_a_moment_comes_back_in_utc(app: Flask) -> None:
    moment = datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=clock.ZONE)
    with database().writing() as session:
        session.add(User(username="a", name="Mẫu", created_at=moment))
    with database().reading() as session:
        found = session.scalars(select(User.created_at)).one()
    assert found == moment
    assert found.utcoffset() == clock.now().utcoffset()


def test_writers_wait_for_their_turn_and_none_is_lost(app: Flask) -> None:
    def write(number: int) -> None:
        with app.app_context():
            for turn in range(5):
                add(f"a{number}-{turn}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count() == 30


def test_tries_are_counted_one_by_one_under_a_rush(app: Flask) -> None:
    bucket = throttle.Bucket("rush", size=10, refill_s=3600)
    refused: list[int] = []

    def guess() -> None:
        with app.app_context():
            for _try in range(4):
                try:
                    throttle.take(bucket, "same")
                except throttle.TooManyRequests as error:
                    refused.append(error.retry_after_s)

    threads = [threading.Thread(target=guess) for _thread in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 10
    assert all(3500 < wait_s <= 3600 for wait_s in refused)


def test_refilled_buckets_are_swept_and_no_others(app: Flask) -> None:
    bucket = throttle.CODE_CHECK
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as moving:
        throttle.take(bucket, "old")
        moving.shift(bucket.size * bucket.refill_s + 1)
        throttle.take(bucket, "new")
        throttle.take(throttle.SIGN_IN_BY_NAME, "new")
        assert throttle.sweep_refilled() == 1
    with database().reading() as session:
        assert session.scalar(select(func.count()).select_from(Throttle)) == 2


def test_every_bucket_is_swept() -> None:
    assert set(throttle.BUCKETS) == {one for one in vars(throttle).values() if isinstance(one, throttle.Bucket)}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        (None, ""),
        ("unix", "unix"),
    ],
)
def test_an_address_counts_as_what_one_customer_has(address: str | None, key: str) -> None:
    assert throttle.address_key(address) == key


class Broken(Exception):
    """As psycopg raises it."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def breaking(times: int, sqlstate: str) -> tuple[list[str], Callable[[], str]]:
    """What a service did, and a service whose transaction is broken so many times, when it has written."""
    done: list[str] = []

    @unit_of_work
    def service(session: Session) -> str:
        session.add(user("a"))
        session.flush()
        after_commit(session, lambda: done.append("told"))
        done.append("tried")
        if len(done) <= times:
            raise OperationalError("COMMIT", None, Broken(sqlstate))
        return "answer"

    return done, service


def test_no_more_are_swept_than_was_said_however_the_database_goes_about_it(app: Flask) -> None:
    with database().writing() as session:
        session.add_all(user(f"a{number}") for number in range(25))
    with database().writing() as session:
        if not database().is_sqlite:
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
                session.execute(text(f"SET LOCAL enable_{way} = off"))
        assert sweep(session, User, User.username != "a24", 10) == 10
    assert count() == 15


def test_all_are_swept_in_the_end_some_at_a_time(app: Flask) -> None:
    with database().writing() as session:
        session.add_all(user(f"a{number}") for number in range(25))
    assert sweep_all(User, User.username != "a24", 10) == 24
    assert count() == 1


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "26000"])
def test_what_was_broken_for_anothers_sake_is_tried_again(app: Flask, sqlstate: str) -> None:
    done, service = breaking(TRIES - 1, sqlstate)
    assert (service(), done, count()) == ("answer", ["tried"] * TRIES + ["told"], 1)


def test_what_is_always_broken_is_raised_in_the_end(app: Flask) -> None:
    done, service = breaking(TRIES, "40P01")
    with pytest.raises(OperationalError):
        service()
    assert (done, count()) == (["tried"] * TRIES, 0)


def test_another_failure_is_not_tried_again(app: Flask) -> None:
    done, service = breaking(1, "53300")
    with pytest.raises(OperationalError):
        service()
    assert (done, count()) == (["tried"], 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_lost_while_it_rested_is_not_lent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESTED_S", 0)
    with database().reading() as first, database().reading() as second:
        first.connection()
        second.connection()
    with database().reading() as one:
        one.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
        # The one beside it is lost now, and asked before it is lent.
        assert count() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_was_just_in_use_is_not_asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    dialect = database().engine.dialect
    ping = dialect.do_ping
    monkeypatch.setattr(module, "RESTED_S", 60)
    monkeypatch.setattr(dialect, "do_ping", lambda connection: asked.append(connection) or ping(connection))
    count()
    count()
    assert asked == []
    monkeypatch.setattr(module, "RESTED_S", 0)
    count()
    assert len(asked) == 1
