"""Reversals: the bank takes the rest of a credit back, once, and tells its partner."""

import json
from datetime import timedelta

import pytest

from simbank import queries
from tests.simbank.cast import SHOPPER, STALL_ACCOUNT, Counter


@pytest.fixture
def credit_id(simbank_counter):
    """A stall's credit of 50,000 đồng, delivered."""
    simbank_counter.pay(simbank_counter.open_stall())
    simbank_counter.step()
    return simbank_counter.credits()[0]["id"]


def reverse(counter: Counter, credit_id: str, reason: str = "Chuyển nhầm"):
    return counter.post(f"/api/v1/credits/{credit_id}/reverse", {"reason": reason})


def test_a_reversal_takes_the_rest_back_and_is_told(simbank_counter, credit_id):
    simbank_counter.refund(credit_id, 20_000)
    answer = reverse(simbank_counter, credit_id)

    simbank_counter.step()

    body = json.loads(simbank_counter.sender.parcels[-1].body)
    assert answer.status_code == 201
    assert body == {
        "type": "credits.reversed",
        "timestamp": "2026-11-23T12:00:00.000+07:00",
        "data": {"reversals": [answer.json]},
    }
    assert answer.json["id"].startswith("rv_")
    assert answer.json["bank_ref"].startswith("FT26327")
    assert {name: value for name, value in answer.json.items() if name not in ("id", "bank_ref")} == {
        "credit_id": credit_id,
        "account_number": STALL_ACCOUNT,
        "amount_vnd": 30_000,
        "currency": "VND",
        "reason": "Chuyển nhầm",
        "booked_at": "2026-11-23T12:00:00.000+07:00",
    }
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 0
    assert simbank_counter.balance_vnd(SHOPPER) == 5_000_000
    with simbank_counter.bank.database.read() as session:
        assert queries.ledger_faults(session) == []


def test_a_credit_is_reversed_once(simbank_counter, credit_id):
    simbank_counter.pay(STALL_ACCOUNT, 70_000)
    first, again = reverse(simbank_counter, credit_id), reverse(simbank_counter, credit_id, "again")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 70_000


def test_when_refunds_left_nothing_there_is_nothing_to_reverse(simbank_counter, credit_id):
    simbank_counter.refund(credit_id, 50_000)

    answer = reverse(simbank_counter, credit_id)

    assert (answer.status_code, answer.json["code"]) == (422, "nothing_left")


def test_what_was_spent_cannot_be_reversed_until_there_is_money_again(simbank_counter, credit_id):
    simbank_counter.pay(SHOPPER, 1, from_account=STALL_ACCOUNT)
    refused = reverse(simbank_counter, credit_id)
    simbank_counter.pay(STALL_ACCOUNT, 1)

    assert (refused.status_code, refused.json["code"]) == (422, "insufficient_funds")
    assert reverse(simbank_counter, credit_id).status_code == 201


def test_a_credit_that_is_not_here_is_not_found(simbank_still_counter):
    answer = reverse(simbank_still_counter, "cr_nobody")

    assert (answer.status_code, answer.json["code"]) == (404, "credit_not_found")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "amount_vnd": 1}])
def test_a_reversal_says_why_and_nothing_else(simbank_still_counter, body):
    answer = simbank_still_counter.post("/api/v1/credits/cr_1/reverse", body)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


def test_a_failed_reversal_message_is_repeated_unchanged(simbank_counter, credit_id):
    reverse(simbank_counter, credit_id)
    simbank_counter.sender.fail(1)
    simbank_counter.step()
    simbank_counter.clock.advance(timedelta(seconds=2))
    simbank_counter.step()

    _, first, again = simbank_counter.sender.parcels
    assert (first.message_id, first.body) == (again.message_id, again.body)
    assert (first.attempt, again.attempt) == (1, 2)
    simbank_counter.clock.advance(timedelta(days=1))
    assert simbank_counter.step() == 0


def test_a_reversal_of_a_credit_that_was_not_told_yet_travels_by_itself(simbank_sqlite_counter):
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall())
    reverse(simbank_sqlite_counter, simbank_sqlite_counter.credits()[0]["id"])

    simbank_sqlite_counter.step()

    types = [json.loads(parcel.body)["type"] for parcel in simbank_sqlite_counter.sender.parcels]
    assert types == ["credits.received", "credits.reversed"]


def test_a_shopper_sees_the_money_come_back(simbank_shopper, simbank_sqlite_counter):
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall(), 9_000)
    reverse(simbank_sqlite_counter, simbank_sqlite_counter.credits()[0]["id"])

    page = simbank_shopper.get("/home").text

    assert "+9.000\u00a0₫" in page
    assert "THU HOI FT" in page
