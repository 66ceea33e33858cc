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
from payments.reconciliation import services
from payments.reconciliation.jobs import MORNING, RECONCILE
from payments.reconciliation.models import Statement, StatementLine
from payments.recording.models import Payment
from tests.support.beside import BankBeside
from tests.support.jobs import jobs, work
from tests.support.money import coded_stalls
from tests.support.reconciliation import fresh, imported, of, outcomes, shown


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


@pytest.fixture
def interrupted(app: Flask) -> int:
    """A statement whose processing was interrupted before its one line."""
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, shown(fresh(stall)))).statement_id
    interrupt(statement_id)
    return statement_id


def interrupt(statement_id: int) -> None:
    with database().writing() as session:
        session.get_one(Statement, statement_id).processed_at = None
        for line in session.scalars(select(StatementLine).where(StatementLine.statement_id == statement_id)):
            line.outcome = line.credit_id = None


def test_an_interrupted_statement_does_not_wait_for_its_bank(
    app: Flask, simulated_bank: BankBeside, interrupted: int
) -> None:
    simulated_bank.to_bank.cut = True
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    assert outcomes(interrupted) == [("matched", None)]
    assert "BankUnavailable" in jobs(RECONCILE)[0].last_error


def test_a_statement_that_cannot_be_gone_on_with_does_not_hold_up_the_next(
    app: Flask, simulated_bank: BankBeside, interrupted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stall,) = coded_stalls(1)
    second = imported(of(stall, shown(fresh(stall)))).statement_id
    interrupt(second)
    process = services.process_statement

    def failing(statement_id: int) -> None:
        if statement_id == interrupted:
            raise RuntimeError("broken on purpose")
        process(statement_id)

    monkeypatch.setattr(services, "process_statement", failing)
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    assert outcomes(second) == [("matched", None)]
    assert "RuntimeError" in jobs(RECONCILE)[0].last_error


def test_a_statement_is_gone_on_with_in_a_demo_and_of_a_gateway_that_is_no_longer_set_up(
    app: Flask, settings: Settings, interrupted: int
) -> None:
    CoreContainer.of(app).settings = replace(settings, env="demo", gateways=())
    with six_tomorrow():
        Worker(app).beat()
        work(app)
    assert outcomes(interrupted) == [("matched", None)]


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
