"""The job of every night: everything is checked, and what was found is kept where an operator reads it."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core import clock
from core.database import database
from core.jobs.worker import Worker
from payments.recording import ledger
from payments.recording.models import Payment
from payments.verification.jobs import VERIFY
from payments.verification.queries import last_verification
from payments.verification.services import verify_and_keep
from tests.support.cast import Cast
from tests.support.jobs import jobs, work
from tests.support.money import coded_stalls, credit, submission


def fact(client: FlaskClient, cast: Cast) -> str:
    page = unescape(cast.operator.sign_in(client).get("/system").text)
    return page.partition("<dt>Lần kiểm tra toàn bộ gần nhất</dt>")[2].partition("</dd>")[0]


def pay() -> None:
    (stall,) = coded_stalls(1)
    with database().writing() as session:
        ledger.record(session, [submission(credit(stall, amount_vnd=50_000))])


def test_a_night_checks_everything_once(app: Flask) -> None:
    Worker(app).beat()
    work(app)
    assert [job.done_at is not None for job in jobs(VERIFY)] == [True]
    with database().reading() as session:
        kept = last_verification(session)
    assert kept is not None
    assert (kept.broken, kept.findings) == (0, [])


def test_what_is_sound_is_told_with_its_time(client: FlaskClient, cast: Cast) -> None:
    assert "status-look" in fact(client, cast)
    pay()
    with time_machine.travel("2026-11-23T20:00:00Z", tick=False):
        kept = verify_and_keep()
        assert (kept.credits, kept.payments, kept.payments_vnd) == (1, 1, 50_000)
        told = fact(client, cast)
    assert "status-good" in told
    assert "24/11/2026 03:00" in told


def test_a_check_of_long_ago_is_worth_a_look(client: FlaskClient, cast: Cast) -> None:
    with time_machine.travel(clock.now() - timedelta(days=3)):
        verify_and_keep()
    assert "status-look" in fact(client, cast)


def test_what_is_broken_is_trouble_with_the_first_finding(client: FlaskClient, cast: Cast) -> None:
    pay()
    with database().writing() as session:
        session.execute(update(Payment).values(amount_vnd=60_000))
    kept = verify_and_keep()
    assert kept.broken > 0
    told = fact(client, cast)
    assert "status-trouble" in told
    assert kept.findings[0] in told
