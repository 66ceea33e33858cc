"""The job of every morning: each gateway's statement of yesterday."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from core import clock
from core.container import CoreContainer
from core.database import database
from core.jobs.registry import registry_of
from core.jobs.worker import Worker
from core.settings import Settings
from payments.container import PaymentsContainer
from payments.reconciliation.jobs import MORNING, RECONCILE
from payments.reconciliation.models import Statement
from payments.recording.models import Payment
from tests.support.beside import BankBeside
from tests.support.jobs import jobs, work
from tests.support.money import coded_stalls


def statements() -> list[Statement]:
    with database().reading() as session:
        return list(session.scalars(select(Statement).order_by(Statement.id)))


def payments() -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(Payment)) or 0


def six_tomorrow() -> time_machine.travel:
    return time_machine.travel(clock.day_end(clock.today()) + timedelta(hours=6))


@pytest.fixture
def lost(simulated_bank: BankBeside) -> None:
    """A payment of today whose notification never came."""
    (stall,) = coded_stalls(1)
    simulated_bank.pay(simulated_bank.keep(stall), 50_000)


def test_what_a_lost_notification_left_out_is_recorded_in_the_morning(app: Flask, lost: None) -> None:
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    (statement,) = statements()
    assert (statement.gateway, statement.source, statement.processed_at is not None) == ("simbank", "pull", True)
    assert payments() == 1


def test_done_twice_it_records_once(app: Flask, lost: None) -> None:
    with six_tomorrow():
        Worker(app).beat()
        work(app)
        (job,) = jobs(RECONCILE)
        registry_of(app).kinds[RECONCILE].handler(job.payload)
    assert (len(statements()), payments()) == (1, 1)


def test_a_bank_out_of_reach_is_asked_again(app: Flask, simulated_bank: BankBeside, lost: None) -> None:
    simulated_bank.to_bank.cut = True
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    (job,) = jobs(RECONCILE)
    assert "BankUnavailable" in job.last_error
    assert statements() == []
    simulated_bank.to_bank.cut = False
    with time_machine.travel(job.run_at + timedelta(seconds=1)):
        work(app)
    assert payments() == 1


def test_a_gateway_that_tells_none_has_nothing_to_do(app: Flask, simulated_bank: BankBeside) -> None:
    class Quiet:
        supports_statements = False

    PaymentsContainer.of(app).gateways["simbank"] = Quiet()
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    assert jobs(RECONCILE)[0].done_at is not None


def test_the_demos_bank_is_not_asked_for_payments_that_it_never_heard_of(app: Flask, settings: Settings) -> None:
    CoreContainer.of(app).settings = replace(settings, env="demo")
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    assert [job.kind for job in jobs() if job.kind.startswith(RECONCILE)] == [MORNING]
