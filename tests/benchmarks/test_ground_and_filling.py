"""What the measurements stand on is as real as what the application writes: verified, and matched by its own code."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from benchmarks.rig import filling, ground, messages
from core.database import database
from core.engine import Database
from payments.live.container import LiveContainer
from payments.recording.ingest import Submission
from payments.recording.models import Payment
from payments.recording.recorder import commit
from payments.verification.services import verify
from tests.benchmarks.test_messages import parted


def record(app: Flask, stalls: list[ground.PaidStall], requests: int) -> None:
    bank = LiveContainer.of(app).gateways["simbank"]
    read = [bank.read_notification(*parted(one)) for one in messages.prepare(stalls, requests, 2, "run").requests]
    commit(database(), [Submission("simbank", one.credits) for one in read])


def test_the_stalls_take_money_by_their_virtual_accounts(app: Flask) -> None:
    stalls = ground.lay_out(database(), 12)
    record(app, stalls, 12)
    with database().reading() as session:
        counted = session.execute(select(Payment.matched_by, func.count()).group_by(Payment.matched_by)).all()
    assert [tuple(row) for row in counted] == [("virtual_account", 24)]
    assert verify(database()).findings == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True, ids=["by COPY, which it alone has"])
def test_what_was_filled_in_is_sound_and_goes_on(app: Flask) -> None:
    stalls = ground.lay_out(database(), 7)
    told: list[int] = []
    filling.fill(libpq_url(database()), stalls, 300, told.append)
    assert sum(told) == 300
    record(app, stalls, 5)
    report = verify(database())
    assert (report.findings, report.payments, report.unmatched) == ([], 310, 0)


def libpq_url(given: Database) -> str:
    return given.url.replace("+psycopg", "")
