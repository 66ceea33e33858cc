"""Reading changes nothing: no GET writes a row or asks a bank, whoever calls it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Row as DatabaseRow
from sqlalchemy import select

from core import clock
from core.database import Base, database
from payments.container import PaymentsContainer
from payments.refunds.models import Refund, RefundState
from payments.refunds.services import order_refund
from tests.access.table import Row
from tests.support.refunds import RefundingBank
from tests.test_access import ROWS, Stage, stages
from vendors.issuer import BankUnavailable

READS = [row for row in ROWS if row.method == "GET"]
#: How often somebody tries is counted whatever is tried.
ASIDE = {"throttles"}


class Untouched:
    """A gateway that notes what it is asked, and answers nothing."""

    name = "simbank"
    supports_virtual_accounts = supports_refunds = supports_statements = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        raise BankUnavailable


@pytest.fixture(scope="module")
def untouched() -> Untouched:
    return Untouched()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, untouched: Untouched
) -> Iterator[Stage]:
    """The stage of all routes, with a refund whose outcome the bank has not told, an hour later."""
    for stage in stages(request, tmp_path_factory):
        gateways = PaymentsContainer.of(stage.app).gateways
        payment_id = stage.facts["payment"]
        gateways["simbank"] = RefundingBank(silent=True)
        refund = order_refund(stage.cast.vendor_a.principal, payment_id, 1_000, "tra lai", "ordered-before")
        assert refund.state == RefundState.UNKNOWN
        gateways["simbank"] = untouched
        PaymentsContainer.of(stage.app).issuer = untouched
        with time_machine.travel(clock.now() + timedelta(hours=1)):
            yield stage


def content() -> dict[str, list[DatabaseRow[Any]]]:
    """Every row of every table."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in ASIDE]
    with database().reading() as session:
        return {
            table.name: list(session.execute(select(table).order_by(*table.primary_key.columns))) for table in tables
        }


@pytest.mark.parametrize("row", READS, ids=str)
def test_a_get_writes_nothing_and_asks_no_bank(stage: Stage, untouched: Untouched, row: Row) -> None:
    for who in sorted(row.lets_in):
        stage.sign_in(who)
        before = content()
        answer = stage.ask(row, who)
        assert answer.status_code < 400, f"{who}: {answer.status}"
        assert content() == before, who
    assert untouched.asked == []


def test_what_is_written_would_be_seen(stage: Stage) -> None:
    before = content()
    with database().writing() as session:
        session.scalars(select(Refund)).one().asked_times += 1
    assert content() != before
