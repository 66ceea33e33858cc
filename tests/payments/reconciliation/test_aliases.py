"""One booking under two ids, or two under one reference: nothing counts twice, and what is unclear is a person's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import database
from core.permissions.principal import SYSTEM
from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.reconciliation import services
from payments.reconciliation.outcomes import Source
from payments.recording.ingest import Submission
from payments.recording.models import CreditConflict, Payment, PaymentBalance, ReversalConflict, StallDay
from payments.recording.recorder import commit
from payments.statement_lines import Line
from payments.verification.services import verify
from tests.support.money import PAID_AT, CodedStall, coded_stalls, submission, taking_back
from tests.support.reconciliation import MORNING_AFTER, discrepancies, fresh, imported, line_of, of, outcomes, shown
from tests.support.statements import entry


@pytest.fixture(autouse=True)
def _sound_afterwards(app: Flask) -> Iterator[None]:
    yield
    report = verify(database())
    assert report.sound, report.findings


def amounts() -> list[int]:
    """Of all payments, the smallest first."""
    with database().reading() as session:
        return sorted(session.scalars(select(Payment.amount_vnd)))


def reversed_vnd(stall: CodedStall) -> int:
    with database().reading() as session:
        return sum(session.scalars(select(StallDay.reversals_vnd).where(StallDay.stall_id == stall.id)))


# Credits -----------------------------------------------------------------------------------------


def table(*credits_: ReportedCredit) -> bytes:
    """A bank's table that shows credits, with their ids."""
    rows = [
        f"{one.account_number};{one.paid_at.isoformat()};{one.amount_vnd};;{one.external_id};{one.bank_ref}\n"
        for one in credits_
    ]
    return ("account_number;booked_at;credit_vnd;debit_vnd;external_id;bank_ref\n" + "".join(rows)).encode()


def test_a_files_own_id_for_what_is_recorded_is_a_discrepancy_and_no_second_payment() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    commit(database(), [submission(one)])
    other = replace(one, external_id="the-file-calls-it-so")
    assert outcomes(imported(table(other), Source.TABLE).statement_id) == [("different", "other_id")]
    assert [row.kind for row in discrepancies()] == ["different"]
    assert amounts() == [one.amount_vnd]


@pytest.mark.parametrize(
    "change", [{"amount_vnd": 1_000}, {"bank_ref": "FT-ELSE"}, {"paid_at": PAID_AT - timedelta(days=9)}], ids=str
)
def test_other_money_of_a_file_is_recorded(change: dict[str, object]) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    commit(database(), [submission(one)])
    other = replace(one, external_id="another", **change)
    assert outcomes(imported(table(one, other), Source.TABLE).statement_id) == [("matched", None), ("recorded", None)]
    assert len(amounts()) == 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_two_of_one_reference_of_which_a_file_names_both_are_two(order: Sequence[int]) -> None:
    (stall,) = coded_stalls(1)
    known = fresh(stall)
    lost = replace(known, external_id="lost")
    commit(database(), [submission(known)])
    lines = [(known, lost)[place] for place in order]
    statement_id = imported(table(*lines), Source.TABLE).statement_id
    assert sorted(outcome for outcome, _reason in outcomes(statement_id) if outcome) == ["matched", "recorded"]
    assert amounts() == [known.amount_vnd] * 2


@pytest.mark.parametrize("by_id", [True, False])
def test_another_file_of_the_same_money_for_another_gateway_makes_no_second_payment(by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one, lost = fresh(stall), fresh(stall)
    commit(database(), [submission(one)])
    lines = [shown(one, by_id=by_id), shown(lost, by_id=by_id)]
    statement_id = imported(of(stall, *lines), gateway="sepay").statement_id
    assert outcomes(statement_id) == [("different", "other_gateway"), ("recorded", None)]
    assert amounts() == [one.amount_vnd, lost.amount_vnd]


class Asked:
    """A gateway that tells credits when it is asked."""

    name = "simbank"
    supports_statements = True

    def __init__(self, *told: ReportedCredit) -> None:
        self._told = told

    def statement(self, *_period: object) -> Iterable[Line]:
        return [line_of(one) for one in self._told]


def test_two_names_of_a_gateway_that_was_asked_are_two_credits() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    commit(database(), [submission(one)])
    asked = Asked(replace(one, external_id="lost"))
    services.pull(SYSTEM, asked, PAID_AT - timedelta(hours=1), MORNING_AFTER)  # type: ignore[arg-type]
    assert amounts() == [one.amount_vnd] * 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_two_of_one_reference_find_their_own_line_whichever_is_told_first(order: Sequence[int]) -> None:
    (stall,) = coded_stalls(1)
    small = fresh(stall, amount_vnd=100_000)
    large = replace(small, external_id="large", amount_vnd=200_000)
    imported(of(stall, shown(small)))
    commit(database(), [submission(*((small, large)[place] for place in order))])
    assert amounts() == [100_000, 200_000]
    with database().reading() as session:
        assert session.scalars(select(CreditConflict)).all() == []


# Reversals ---------------------------------------------------------------------------------------


def taken_back(one: ReportedCredit, amount_vnd: int, bank_ref: str) -> str:
    """The entry of a reversal, which names its credit."""
    named = f"<Refs><Prtry><Tp>CREDIT_ID</Tp><Ref>{one.external_id}</Ref></Prtry></Refs>"
    details = f"<TxDtls>{named}</TxDtls>"
    return entry(amount_vnd, way="DBIT", reversal="true", bank_ref=bank_ref, details=details)


def told(one: ReportedCredit, amount_vnd: int, bank_ref: str, name: str = "rv-1") -> Submission:
    """A notification of a reversal."""
    reversal = ReportedReversal(name, one.external_id, bank_ref, amount_vnd, "NHAM", PAID_AT + timedelta(hours=1))
    return taking_back(reversal)


def test_a_reversal_of_a_statement_that_is_told_with_another_amount_goes_back_once() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=100_000)
    commit(database(), [submission(one)])
    imported(of(stall, shown(one), taken_back(one, 40_000, "RB1")))
    for _ in range(2):
        (heard,) = commit(database(), [told(one, 30_000, "RB1")])
        assert (heard.recorded, heard.duplicates) == (0, 1)
    assert reversed_vnd(stall) == 40_000
    with database().reading() as session:
        assert session.scalars(select(PaymentBalance.reversed_vnd)).all() == [40_000]
        assert session.scalars(select(ReversalConflict.amount_vnd)).all() == [30_000]


def test_the_same_the_other_way_about_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=100_000)
    commit(database(), [submission(one), told(one, 30_000, "RB1")])
    statement_id = imported(of(stall, shown(one), taken_back(one, 40_000, "RB1"))).statement_id
    assert outcomes(statement_id) == [("matched", None), ("different", "amount")]
    assert reversed_vnd(stall) == 30_000


def test_a_reference_by_which_another_credit_went_back_is_a_discrepancy() -> None:
    mine, theirs = coded_stalls(2)
    one, other = fresh(mine), fresh(theirs)
    commit(database(), [submission(one, other), told(one, one.amount_vnd, "RB1")])
    statement_id = imported(of(theirs, shown(other), taken_back(other, other.amount_vnd, "RB1"))).statement_id
    assert outcomes(statement_id) == [("matched", None), ("different", "other_credit")]
    assert (reversed_vnd(mine), reversed_vnd(theirs)) == (one.amount_vnd, 0)
