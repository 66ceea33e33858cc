from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import database
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from payments.gateways.port import Recorded, ReportedCredit, ReportedReversal
from payments.recording.aliases import STATEMENT_ID, Origin
from payments.recording.ingest import Submission
from payments.recording.ledger import place
from payments.recording.models import (
    Credit,
    CreditConflict,
    Payment,
    Reversal,
    ReversalConflict,
    StallDay,
    UnmatchedCredit,
)
from payments.recording.queries import PaymentState, payments_after
from payments.recording.recorder import commit
from payments.unmatched import services
from payments.verification.services import verify
from tests.support.money import PAID_AT, CodedStall, coded_stalls, credit, submission, taking_back

ADMIN = Principal(None, "Lệnh", (Grant(Role.ADMIN, Scope.EVERYWHERE),))


def reversal_of(one: ReportedCredit, **facts: object) -> ReportedReversal:
    known = {
        "external_id": f"rv-{one.external_id}"[:64],
        "credit_external_id": one.external_id,
        "bank_ref": "FT26328000000001",
        "amount_vnd": one.amount_vnd,
        "reason": "NHAM",
        "booked_at": PAID_AT + timedelta(days=1),
    }
    return ReportedReversal(**(known | facts))


def states(stall: CodedStall) -> list[PaymentState]:
    with database().reading() as session:
        return [payment.state for payment in payments_after(session, stall.id, 0, 99)]


@pytest.fixture(autouse=True)
def _sound_in_the_end(app: Flask) -> object:
    yield
    assert verify(database()).findings == []


@pytest.fixture
def stall(app: Flask) -> CodedStall:
    (stall,) = coded_stalls(1)
    return stall


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whichever_order_credit_reversal_and_repeat_come(stall: CodedStall, order: tuple[int, ...]) -> None:
    one = credit(stall)
    messages = [submission(one), taking_back(reversal_of(one)), taking_back(reversal_of(one))]
    for number in order:
        commit(database(), [messages[number]])
    assert states(stall) == [PaymentState.REVERSED]
    with database().reading() as session:
        days = {day.market_day: day for day in session.scalars(select(StallDay))}
    paid, reversed_ = (days[(PAID_AT + timedelta(days=n)).date()] for n in (0, 1))
    assert (paid.payments_vnd, paid.reversals_vnd, reversed_.payments_vnd, reversed_.reversals_vnd) == (
        50_000,
        0,
        0,
        50_000,
    )


def test_all_in_one_group(stall: CodedStall) -> None:
    one = credit(stall)
    outcomes = commit(database(), [taking_back(reversal_of(one)), submission(one), taking_back(reversal_of(one))])
    assert outcomes == [Recorded(1, 0, 0), Recorded(1, 0, 0), Recorded(0, 1, 0)]
    assert states(stall) == [PaymentState.REVERSED]


def test_parts_add_up_and_more_than_was_paid_waits_for_a_person(stall: CodedStall) -> None:
    one = credit(stall)
    commit(database(), [submission(one)])
    for number, amount_vnd in enumerate((20_000, 30_000, 1)):
        commit(database(), [taking_back(reversal_of(one, external_id=f"rv{number}", amount_vnd=amount_vnd))])
    assert states(stall) == [PaymentState.REVERSED]
    with database().reading() as session:
        waiting = session.scalars(select(Reversal).where(Reversal.correction_id.is_(None))).all()
    assert [one.external_id for one in waiting] == ["rv2"]


def test_one_of_an_unmatched_credit_is_booked_when_the_credit_gets_a_stall(stall: CodedStall) -> None:
    one = credit(None)
    commit(database(), [submission(one)])
    commit(database(), [taking_back(reversal_of(one))])
    with database().reading() as session:
        credit_id = session.scalars(select(Credit.id)).one()
    services.assign(ADMIN, credit_id, stall.code, "nguoi ban nho ra")
    assert states(stall) == [PaymentState.REVERSED]


def test_one_of_a_credit_that_never_comes_waits(stall: CodedStall) -> None:
    commit(database(), [taking_back(reversal_of(credit(stall)))])
    assert states(stall) == []


# What a statement and a notification say of the same money


def statement_line(one: ReportedCredit) -> ReportedCredit:
    """The same money, as a statement tells of it that does not know the notification's id."""
    return replace(one, external_id=f"{STATEMENT_ID}{one.bank_ref}", payer_name=None, content="")


@pytest.mark.parametrize("first", ["notification", "statement"])
def test_a_line_and_a_notification_are_one_credit(stall: CodedStall, first: str) -> None:
    one = credit(stall)
    line = Submission("simbank", (statement_line(one),), origin=Origin.STATEMENT)
    messages = [submission(one), line]
    for message in messages if first == "notification" else messages[::-1]:
        commit(database(), [message])
    commit(database(), messages)
    commit(database(), messages[::-1])
    assert len(states(stall)) == 1


@pytest.mark.parametrize("gives", [0, 1])
def test_both_in_one_group_are_one_credit(stall: CodedStall, gives: int) -> None:
    one = credit(stall)
    messages = [submission(one), Submission("simbank", (statement_line(one),), origin=Origin.STATEMENT)]
    commit(database(), messages if gives else messages[::-1])
    assert len(states(stall)) == 1


@pytest.mark.parametrize(
    "other",
    [{"bank_ref": "FT26327000000009"}, {"virtual_account": None, "account_number": "0"}],
)
def test_another_reference_or_account_is_other_money(stall: CodedStall, other: dict[str, object]) -> None:
    one = credit(stall)
    commit(database(), [Submission("simbank", (statement_line(one),), origin=Origin.STATEMENT)])
    assert commit(database(), [submission(replace(one, **other))])[0].recorded == 1


def listed(one: ReportedCredit) -> Submission:
    return Submission("simbank", (statement_line(one),), origin=Origin.STATEMENT)


def test_one_line_stands_for_one_notification(stall: CodedStall) -> None:
    first, second = credit(stall), credit(stall)
    commit(database(), [listed(first)])
    outcomes = [commit(database(), [submission(one)])[0].recorded for one in (first, second, first, second)]
    assert outcomes == [0, 1, 0, 0]
    assert len(states(stall)) == 2


def test_one_line_stands_for_one_notification_of_two_in_a_message(stall: CodedStall) -> None:
    first, second = credit(stall), credit(stall)
    commit(database(), [listed(first)])
    assert commit(database(), [submission(first, second)]) == [Recorded(1, 1, 0)]


def test_two_names_of_the_banks_are_two_credits(stall: CodedStall) -> None:
    first, second = credit(stall), credit(stall)
    commit(database(), [Submission("simbank", (first,), origin=Origin.STATEMENT)])
    commit(database(), [submission(second)])
    commit(database(), [Submission("simbank", (replace(second, external_id="other"),), origin=Origin.STATEMENT)])
    assert len(states(stall)) == 3


def test_another_virtual_account_over_the_same_account_is_other_money(stall: CodedStall) -> None:
    (other,) = coded_stalls(1)
    mine = credit(stall, account_number="0000099999")
    theirs = credit(other, account_number="0000099999")
    commit(database(), [listed(mine)])
    commit(database(), [submission(theirs)])
    assert (len(states(stall)), len(states(other))) == (1, 1)


def test_another_amount_than_the_line_of_its_reference_is_a_contradiction_and_no_more_money(stall: CodedStall) -> None:
    one = credit(stall, amount_vnd=50_000)
    commit(database(), [listed(one)])
    assert commit(database(), [submission(replace(one, amount_vnd=70_000))]) == [Recorded(0, 1, 0)]
    with database().reading() as session:
        assert [row.amount_vnd for row in session.scalars(select(CreditConflict))] == [70_000]
        assert session.scalars(select(Payment.amount_vnd)).all() == [50_000]


def test_money_without_a_banks_reference_is_never_taken_for_another(stall: CodedStall) -> None:
    first, second = credit(stall, bank_ref=""), credit(stall, bank_ref="")
    commit(database(), [Submission("simbank", (first,), origin=Origin.STATEMENT)])
    assert commit(database(), [submission(second)])[0].recorded == 1


def test_a_reversal_finds_its_credit_by_the_name_that_came_late(stall: CodedStall) -> None:
    one = credit(stall)
    commit(database(), [Submission("simbank", (statement_line(one),), origin=Origin.STATEMENT)])
    commit(database(), [submission(one)])
    commit(database(), [taking_back(reversal_of(one))])
    assert states(stall) == [PaymentState.REVERSED]


def test_a_reversal_that_was_first_finds_its_credit_by_the_name_that_came_last(stall: CodedStall) -> None:
    one = credit(stall)
    commit(database(), [taking_back(reversal_of(one))])
    commit(database(), [Submission("simbank", (statement_line(one),), origin=Origin.STATEMENT)])
    commit(database(), [submission(one)])
    assert states(stall) == [PaymentState.REVERSED]


def test_placing_says_where_each_line_stands(stall: CodedStall) -> None:
    known, lost = credit(stall), credit(stall, bank_ref="FT26327000000002")
    commit(database(), [submission(known)])
    with database().writing() as session:
        placed = place(session, "simbank", [statement_line(known), statement_line(lost)])
    assert [(one.fresh, one.amount_vnd) for one in placed] == [(False, 50_000), (True, 50_000)]
    assert len(states(stall)) == 2


# A repeat that contradicts


def test_a_repeat_that_says_something_else_is_kept_for_a_person(stall: CodedStall) -> None:
    one = credit(stall)
    commit(database(), [submission(one)])
    for _ in range(2):
        commit(database(), [submission(replace(one, amount_vnd=90_000)), submission(one)])
    with database().reading() as session:
        assert [row.amount_vnd for row in session.scalars(select(CreditConflict))] == [90_000]
        assert session.scalars(select(Payment.amount_vnd)).one() == 50_000
        assert session.scalars(select(UnmatchedCredit)).all() == []


def test_a_repeat_that_says_otherwise_is_noted_once_and_changes_nothing(stall: CodedStall) -> None:
    one = credit(stall)
    commit(database(), [submission(one), taking_back(reversal_of(one, amount_vnd=20_000))])
    other = reversal_of(one, amount_vnd=30_000)
    for _ in range(2):
        assert commit(database(), [taking_back(other)]) == [Recorded(0, 1, 0)]
    with database().reading() as session:
        assert session.scalars(select(Reversal.amount_vnd)).all() == [20_000]
        assert session.scalars(select(ReversalConflict.amount_vnd)).all() == [30_000]
        assert sum(session.scalars(select(StallDay.reversals_vnd))) == 20_000


def test_what_is_contradicted_within_one_group_by_its_alias_is_noted(stall: CodedStall) -> None:
    one = credit(stall)
    place_listed = replace(one, external_id=f"{STATEMENT_ID}1")
    commit(database(), [Submission("simbank", (place_listed,), origin=Origin.STATEMENT)])
    commit(database(), [submission(one), submission(replace(one, amount_vnd=1))])
    with database().reading() as session:
        assert session.scalars(select(CreditConflict.amount_vnd)).all() == [1]
