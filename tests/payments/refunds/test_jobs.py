"""The job that asks the bank for a refund until it has spoken its last word."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from core import clock
from core.database import database
from core.jobs.registry import registry_of
from payments.container import PaymentsContainer
from payments.recording.models import Correction
from payments.refunds import services
from payments.refunds.errors import MoreThanLeft
from payments.refunds.models import Refund, RefundState
from payments.verification.services import verify
from tests.payments.refunds.test_refunds import order
from tests.support.beside import BankBeside
from tests.support.jobs import jobs, work
from tests.support.money import CodedStall

MINUTE = timedelta(minutes=1)


def state() -> str:
    with database().reading() as session:
        return str(session.scalars(select(Refund.state)).one())


def corrections() -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(Correction)) or 0


def test_a_refund_orders_its_poll_with_itself(simulated_bank: BankBeside, stall: CodedStall) -> None:
    simulated_bank.to_bank.cut = True
    order(stall, 20_000)
    order(stall, 20_000)
    (job,) = jobs(services.POLL)
    with database().reading() as session:
        assert job.run_at == session.scalars(select(Refund.requested_at)).one() + services.ASK_AGAIN


def test_what_was_refused_orders_none(stall: CodedStall) -> None:
    with pytest.raises(MoreThanLeft):
        order(stall, 60_000)
    assert jobs() == []


def test_it_asks_until_the_bank_says(app: Flask, simulated_bank: BankBeside, stall: CodedStall) -> None:
    simulated_bank.to_bank.cut = True
    order(stall, 20_000)
    with time_machine.travel(clock.now() + MINUTE, tick=False) as moving:
        for waited in services.POLL_AFTER[1:]:
            assert (work(app), state()) == (1, RefundState.UNKNOWN)
            assert work(app) == 0
            (job,) = jobs(services.POLL)
            assert (job.run_at - clock.now(), job.last_error) == (waited, None)
            moving.shift(waited)
        simulated_bank.to_bank.cut = False
        assert (work(app), state()) == (1, RefundState.DONE)
        moving.shift(timedelta(days=1))
        assert work(app) == 0
    assert jobs(services.POLL)[0].done_at is not None
    assert simulated_bank.balance_vnd(stall.account_number) == 30_000
    assert verify(database()).findings == []


def test_what_was_told_at_once_is_not_asked_for_again(
    app: Flask, simulated_bank: BankBeside, stall: CodedStall
) -> None:
    order(stall, 20_000)
    asked = len(simulated_bank.to_bank.carried)
    with time_machine.travel(clock.now() + MINUTE):
        assert work(app) == 1
    assert len(simulated_bank.to_bank.carried) == asked
    assert jobs(services.POLL)[0].done_at is not None


def test_what_was_ordered_by_a_process_that_died_then_is_sent(
    app: Flask, simulated_bank: BankBeside, stall: CodedStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(services, "poll_refund", lambda refund: refund)
        order(stall, 20_000)
    assert state() == RefundState.PENDING
    with time_machine.travel(clock.now() + MINUTE):
        work(app)
    assert state() == RefundState.DONE
    assert simulated_bank.balance_vnd(stall.account_number) == 30_000


def test_done_twice_it_books_once(app: Flask, simulated_bank: BankBeside, stall: CodedStall) -> None:
    """As by a worker that is killed after the booking and before it could say so."""
    simulated_bank.to_bank.cut = True
    order(stall, 20_000)
    simulated_bank.to_bank.cut = False
    (job,) = jobs(services.POLL)
    handler = registry_of(app).kinds[services.POLL].handler
    assert [handler(job.payload), handler(job.payload)] == [None, None]
    with time_machine.travel(clock.now() + MINUTE):
        assert work(app) == 1
    assert corrections() == 1
    assert simulated_bank.balance_vnd(stall.account_number) == 30_000


def test_a_gateway_that_is_no_longer_set_up_is_waited_for(
    app: Flask, simulated_bank: BankBeside, stall: CodedStall
) -> None:
    simulated_bank.to_bank.cut = True
    order(stall, 20_000)
    PaymentsContainer.of(app).gateways.pop("simbank")
    with time_machine.travel(clock.now() + MINUTE):
        work(app)
    assert state() == RefundState.UNKNOWN
    assert jobs(services.POLL)[0].done_at is None
