"""Refunds that the bank shows: tied to ours by the id that we sent, or by the bank's reference."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.database import database
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from payments.reconciliation.models import StatementLine
from payments.reconciliation.outcomes import Source
from payments.recording.queries import payments_after
from payments.refunds import services
from payments.refunds.models import Refund
from payments.verification.services import verify
from tests.support.beside import BankBeside
from tests.support.money import CodedStall, coded_stalls
from tests.support.reconciliation import discrepancies, imported, of, outcomes
from tests.support.statements import details, entry


@pytest.fixture
def stall(simulated_bank: BankBeside) -> CodedStall:
    """A stall that was paid 50.000 through the simulated bank."""
    (stall,) = coded_stalls(1)
    simulated_bank.pay(simulated_bank.keep(stall), 50_000)
    simulated_bank.deliver()
    return stall


@pytest.fixture
def refund(app: Flask, stall: CodedStall) -> Refund:
    """Of which 20.000 went back."""
    vendor = Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))
    with database().reading() as session:
        (payment,) = payments_after(session, stall.id, 0, 1)
    return services.order_refund(vendor, payment.id, 20_000, "tra lai", "k1")


def returned(refund: Refund, *, by_id: bool = True, **changes: object) -> str:
    """The entry of a refund: it names the id that we sent, or the bank's reference alone."""
    refs = f"<EndToEndId>{refund.request_id}</EndToEndId>" if by_id else ""
    facts = {"amount": refund.amount_vnd, "way": "DBIT", "bank_ref": "" if by_id else refund.bank_ref} | changes
    return entry(facts.pop("amount"), details=details(refs=refs), **facts)


@pytest.mark.parametrize("by_id", [True, False])
def test_a_refund_is_matched(refund: Refund, stall: CodedStall, by_id: bool) -> None:
    statement_id = imported(of(stall, returned(refund, by_id=by_id), period="")).statement_id
    assert outcomes(statement_id) == [("matched", None)]
    with database().reading() as session:
        assert session.scalar(select(StatementLine.refund_id)) == refund.id
    assert not discrepancies()
    assert verify(database()).findings == []


def test_a_refund_of_another_amount_is_a_discrepancy(refund: Refund, stall: CodedStall) -> None:
    statement_id = imported(of(stall, returned(refund, amount=21_000), period="")).statement_id
    assert outcomes(statement_id) == [("different", "amount")]
    (one,) = discrepancies()
    assert (one.bank_vnd, one.our_vnd) == (-21_000, -20_000)


def test_a_refund_that_stands_twice_is_a_discrepancy(refund: Refund, stall: CodedStall) -> None:
    line = returned(refund)
    statement_id = imported(of(stall, line, line, period="")).statement_id
    assert outcomes(statement_id) == [("matched", None), ("duplicate", None)]


def test_a_refund_that_we_hold_for_refused_is_a_discrepancy(refund: Refund, stall: CodedStall) -> None:
    with database().writing() as session:
        session.execute(update(Refund).values(state="refused", correction_id=None))
    statement_id = imported(of(stall, returned(refund), period="")).statement_id
    assert outcomes(statement_id) == [("different", "refused_here")]


def test_the_simulated_banks_own_statements_show_the_refund(
    app: Flask, simulated_bank: BankBeside, refund: Refund
) -> None:
    day = clock.today().isoformat()
    answer = app.test_cli_runner().invoke(args=["payments", "reconcile", "--date", day])
    assert answer.exit_code == 0, answer.output
    assert outcomes(1) == [("matched", None)] * 2
    for kind, source in (("camt.053", Source.CAMT), ("csv", Source.TABLE)):
        content = simulated_bank.client.get(f"/api/v1/statements/{kind}", params={"date": day}).content
        assert outcomes(imported(content, source).statement_id) == [("matched", None)] * 2, kind
    assert verify(database()).findings == []
