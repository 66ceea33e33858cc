"""Refunds: given back once, never more than the credit, refused with a code that stays."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from simbank import queries
from tests.simbank.cast import SHOPPER, STALL_ACCOUNT, Counter


def books_are_right(counter: Counter) -> bool:
    with counter.bank.database.read() as session:
        return queries.ledger_faults(session) == []


@pytest.fixture
def credit_id(simbank_counter):
    """A stall's credit of 50,000 đồng."""
    return credit_of(simbank_counter)


def credit_of(counter: Counter, amount_vnd: int = 50_000) -> str:
    counter.pay(counter.open_stall() if not counter.credits() else STALL_ACCOUNT, amount_vnd)
    return counter.credits()[-1]["id"]


def freeze(counter: Counter, number: str) -> None:
    with counter.bank.database.write() as session:
        session.execute(text("UPDATE accounts SET status = 'frozen' WHERE number = :n"), {"n": number})


def test_a_refund_moves_the_money_back_to_who_paid(simbank_counter, credit_id):
    answer = simbank_counter.refund(credit_id, 20_000)

    assert answer.status_code == 201
    assert answer.json["bank_ref"].startswith("FT26327")
    assert {name: value for name, value in answer.json.items() if name != "bank_ref"} == {
        "request_id": "refund-1",
        "credit_id": credit_id,
        "amount_vnd": 20_000,
        "state": "done",
        "booked_at": "2026-11-23T12:00:00.000+07:00",
    }
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 30_000
    assert simbank_counter.balance_vnd(SHOPPER) == 4_970_000
    assert books_are_right(simbank_counter)


def test_a_refund_is_no_credit_of_the_payer_and_leaves_their_daily_limit_alone(simbank_counter, credit_id):
    simbank_counter.refund(credit_id, 50_000)

    assert [credit["id"] for credit in simbank_counter.credits()] == [credit_id]
    with simbank_counter.bank.database.read() as session:
        stall_id = session.scalar(text("SELECT id FROM accounts WHERE number = :n"), {"n": STALL_ACCOUNT})
        assert queries.sent_today_vnd(session, stall_id, simbank_counter.clock.now()) == 0


def test_the_same_request_refunds_once_and_answers_the_same(simbank_counter, credit_id):
    first = simbank_counter.refund(credit_id, 20_000)
    again = simbank_counter.refund(credit_id, 20_000)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 30_000


@pytest.mark.parametrize("change", [{"amount_vnd": 20_001}, {"reason": "khác"}, {"credit_id": "cr_other"}])
def test_the_same_request_id_with_another_body_is_refused(simbank_sqlite_counter, change):
    credit_id = credit_of(simbank_sqlite_counter)
    simbank_sqlite_counter.refund(credit_id, 20_000)

    answer = simbank_sqlite_counter.refund(**{"credit_id": credit_id, "amount_vnd": 20_000, **change})

    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")
    assert simbank_sqlite_counter.balance_vnd(STALL_ACCOUNT) == 30_000


def test_all_of_a_credit_may_go_back_in_parts_and_not_one_dong_more(simbank_counter, credit_id):
    simbank_counter.pay(STALL_ACCOUNT, 10_000)
    for number, amount_vnd in enumerate((20_000, 30_000)):
        assert simbank_counter.refund(credit_id, amount_vnd, request_id=f"part-{number}").status_code == 201

    answer = simbank_counter.refund(credit_id, 1, request_id="one-more")

    assert (answer.status_code, answer.json["code"]) == (422, "over_refunded")
    assert answer.json["refund"]["state"] == "refused"
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 10_000
    assert books_are_right(simbank_counter)


def test_what_the_vendor_has_spent_cannot_be_refunded_and_the_refusal_stays(simbank_counter, credit_id):
    simbank_counter.pay(SHOPPER, 40_000, from_account=STALL_ACCOUNT)
    refused = simbank_counter.refund(credit_id, 10_001)
    simbank_counter.pay(STALL_ACCOUNT, 100_000)

    again = simbank_counter.refund(credit_id, 10_001)

    assert (refused.status_code, refused.json["code"]) == (422, "insufficient_funds")
    assert again.json == refused.json
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 110_000


def test_a_frozen_account_gives_nothing_back(simbank_sqlite_counter):
    credit_id = credit_of(simbank_sqlite_counter)
    freeze(simbank_sqlite_counter, STALL_ACCOUNT)

    answer = simbank_sqlite_counter.refund(credit_id, 1)

    assert (answer.status_code, answer.json["code"]) == (422, "account_frozen")


def test_a_payer_whose_account_is_frozen_gets_their_money_all_the_same(simbank_sqlite_counter):
    credit_id = credit_of(simbank_sqlite_counter)
    freeze(simbank_sqlite_counter, SHOPPER)

    assert simbank_sqlite_counter.refund(credit_id, 50_000).status_code == 201


def test_what_the_bank_took_back_is_not_refunded(simbank_counter, credit_id):
    simbank_counter.post(f"/api/v1/credits/{credit_id}/reverse", {"reason": "nhầm"})

    answer = simbank_counter.refund(credit_id, 1)

    assert (answer.status_code, answer.json["code"]) == (422, "credit_reversed")


def test_a_credit_that_is_not_here_is_not_remembered(simbank_sqlite_counter):
    answer = simbank_sqlite_counter.refund("cr_nobody", 1)

    assert (answer.status_code, answer.json["code"]) == (404, "credit_not_found")
    assert simbank_sqlite_counter.get("/api/v1/refunds/refund-1").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_vnd", 0),
        ("amount_vnd", "1"),
        ("reason", ""),
        ("reason", "a\nb"),
        ("request_id", " "),
        ("colour", "red"),
    ],
)
def test_a_bad_field_is_refused(simbank_still_counter, field, value):
    body = {"request_id": "r", "credit_id": "cr_1", "amount_vnd": 1, "reason": "x", field: value}

    answer = simbank_still_counter.post("/api/v1/refunds", body)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert field in answer.json["errors"]


def test_a_refund_can_be_asked_after_done_refused_or_never_received(simbank_counter, credit_id):
    done = simbank_counter.refund(credit_id, 20_000, request_id="shop/7").json
    simbank_counter.refund(credit_id, 30_001, request_id="too-much")

    found = simbank_counter.get("/api/v1/refunds/shop%2F7")
    refused = simbank_counter.get("/api/v1/refunds/too-much")
    never = simbank_counter.get("/api/v1/refunds/never")

    assert found.json == done | {"refusal": None}
    assert refused.json == {
        "request_id": "too-much",
        "credit_id": credit_id,
        "amount_vnd": 30_001,
        "state": "refused",
        "bank_ref": None,
        "booked_at": None,
        "refusal": "over_refunded",
    }
    assert (never.status_code, never.json["code"]) == (404, "refund_not_found")


def test_refunds_side_by_side_never_exceed_the_credit(simbank_counter, credit_id):
    simbank_counter.pay(STALL_ACCOUNT, 500_000)
    answers = []

    def ask(number: int) -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        answers.append(other.refund(credit_id, 20_000, request_id=f"side-{number}").status_code)

    run_all([lambda number=number: ask(number) for number in range(6)])

    assert sorted(answers) == [201, 201, 422, 422, 422, 422]
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 510_000
    assert books_are_right(simbank_counter)


def test_a_double_submission_at_the_same_moment_refunds_once(simbank_counter, credit_id):
    answers = []

    def ask() -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        answers.append(other.refund(credit_id, 20_000))

    run_all([ask] * 6)

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert len({answer.json["bank_ref"] for answer in answers}) == 1
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 30_000


def test_refunds_and_a_reversal_side_by_side_never_exceed_the_credit(simbank_counter, credit_id):
    simbank_counter.pay(STALL_ACCOUNT, 500_000)

    def ask(number: int) -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        other.refund(credit_id, 7_000, request_id=f"side-{number}")

    def reverse() -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        assert other.post(f"/api/v1/credits/{credit_id}/reverse", {"reason": "nhầm"}).status_code == 201

    run_all([lambda: ask(1), lambda: ask(2), reverse, lambda: ask(3), lambda: ask(4)])

    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 500_000
    assert books_are_right(simbank_counter)


def test_the_database_itself_refuses_to_give_back_more_than_the_credit(simbank_counter, credit_id):
    with pytest.raises(IntegrityError), simbank_counter.bank.database.write() as session:
        session.execute(text("UPDATE credits SET returned_vnd = amount_vnd + 1"))


def test_the_check_of_the_books_notices_a_return_without_a_transfer(simbank_sqlite_counter):
    credit_of(simbank_sqlite_counter)
    with simbank_sqlite_counter.bank.database.write() as session:
        session.execute(text("UPDATE credits SET returned_vnd = 1"))

    assert not books_are_right(simbank_sqlite_counter)


def run_all(jobs) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
