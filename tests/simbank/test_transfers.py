"""Money: moved once, refused with a code, and the books right afterwards."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from simbank import queries
from simbank.limits import AMOUNT_MAX_VND
from tests.simbank.cast import FROZEN, LIMITED, POOR, SHOPPER, STALL_ACCOUNT, STALL_HOLDER, Counter


def books_are_right(counter: Counter) -> bool:
    with counter.bank.database.read() as session:
        return queries.ledger_faults(session) == []


def test_a_transfer_moves_money_and_the_books_sum_to_zero(simbank_counter):
    virtual = simbank_counter.open_stall()

    answer = simbank_counter.pay(virtual, 50_000)

    assert answer.status_code == 201
    assert answer.json["bank_ref"].startswith("FT26327")
    assert answer.json["holder_name"] == STALL_HOLDER
    assert answer.json["content"] == "TIEN RAU DX7K2M9Q"
    assert answer.json["paid_at"] == "2026-11-23T12:00:00.000+07:00"
    assert simbank_counter.balance_vnd(SHOPPER) == 4_950_000
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 50_000
    assert books_are_right(simbank_counter)


def test_all_money_there_is_came_from_the_house(simbank_counter):
    with simbank_counter.bank.database.read() as session:
        total = session.scalar(text("SELECT sum(balance_vnd) FROM accounts"))
        house = session.scalar(text("SELECT balance_vnd FROM accounts WHERE kind = 'house'"))

    assert total == 0
    assert house == -(5_000_000 + 3_200_000 + 8_450_000 + 12_000 + 2_000_000 + 1_500_000)
    assert books_are_right(simbank_counter)


def test_the_same_key_pays_once_and_answers_the_same(simbank_counter):
    virtual = simbank_counter.open_stall()

    first = simbank_counter.pay(virtual, idempotency_key="one")
    second = simbank_counter.pay(virtual, idempotency_key="one")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 50_000


def test_the_same_key_with_another_amount_is_refused(simbank_counter):
    virtual = simbank_counter.open_stall()
    simbank_counter.pay(virtual, 50_000, idempotency_key="one")

    answer = simbank_counter.pay(virtual, 60_000, idempotency_key="one")

    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 50_000


def test_a_double_submission_at_the_same_moment_pays_once(simbank_counter):
    virtual = simbank_counter.open_stall()
    answers = []

    def submit() -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        answers.append(other.pay(virtual, idempotency_key="tapped-twice"))

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert len({answer.json["bank_ref"] for answer in answers}) == 1
    assert simbank_counter.balance_vnd(STALL_ACCOUNT) == 50_000
    assert books_are_right(simbank_counter)


def test_payments_in_both_directions_at_once_lose_nothing(simbank_counter):
    simbank_counter.open_stall()
    simbank_counter.pay(STALL_ACCOUNT, 1_000_000)

    def send(from_account: str, to_account: str) -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        for _ in range(5):
            answer = other.pay(to_account, 1_000, from_account=from_account)
            assert answer.status_code == 201

    pairs = [(SHOPPER, STALL_ACCOUNT), (STALL_ACCOUNT, SHOPPER)] * 2
    threads = [threading.Thread(target=send, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert simbank_counter.balance_vnd(SHOPPER) == 4_000_000
    assert books_are_right(simbank_counter)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"from_account": FROZEN}, "account_frozen"),
        ({"from_account": POOR, "amount_vnd": 12_001}, "insufficient_funds"),
        ({"from_account": LIMITED, "amount_vnd": 50_001}, "over_transfer_limit"),
        ({"to_account": "SB40000000000000"}, "unknown_account"),
        ({"to_account": "HOUSE"}, "unknown_account"),
        ({"to_bank_bin": "970436"}, "other_bank"),
        ({"to_account": SHOPPER}, "same_account"),
    ],
)
def test_a_refusal_says_why_and_moves_nothing(simbank_still_counter, change, code):
    answer = simbank_still_counter.pay(**{"to_account": STALL_ACCOUNT, **change})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code
    assert answer.json["transfer"]["state"] == "refused"
    assert simbank_still_counter.balance_vnd(STALL_ACCOUNT) == 0
    assert simbank_still_counter.get("/api/v1/credits").json["items"] == []
    assert books_are_right(simbank_still_counter)


def test_the_last_dong_may_be_spent(simbank_counter):
    virtual = simbank_counter.open_stall()

    assert simbank_counter.pay(virtual, 12_000, from_account=POOR).status_code == 201
    assert simbank_counter.balance_vnd(POOR) == 0


def test_the_daily_limit_counts_a_vietnamese_day(simbank_counter):
    virtual = simbank_counter.open_stall()
    for _ in range(2):
        assert simbank_counter.pay(virtual, 50_000, from_account=LIMITED).status_code == 201

    refused = simbank_counter.pay(virtual, 1, from_account=LIMITED)
    simbank_counter.clock.advance(timedelta(hours=12))
    next_day = simbank_counter.pay(virtual, 1, from_account=LIMITED)

    assert refused.json["code"] == "over_daily_limit"
    assert next_day.status_code == 201


def test_a_refusal_is_the_answer_to_its_key_for_good(simbank_counter):
    virtual = simbank_counter.open_stall()
    simbank_counter.pay(virtual, 20_000, from_account=POOR, idempotency_key="poor")
    simbank_counter.pay(POOR, 100_000)

    again = simbank_counter.pay(virtual, 20_000, from_account=POOR, idempotency_key="poor")

    assert again.json["code"] == "insufficient_funds"
    assert simbank_counter.balance_vnd(POOR) == 112_000


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX_VND + 1, 5.0, "5", True, None])
def test_an_amount_is_a_whole_number_within_the_limits(simbank_still_counter, amount):
    answer = simbank_still_counter.pay(STALL_ACCOUNT, amount)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "amount_vnd" in answer.json["errors"]


def test_the_largest_amount_can_be_sent(simbank_sqlite_counter):
    virtual = simbank_sqlite_counter.open_stall()
    rich = {"account_number": "777", "holder_name": "RICH", "opening_balance_vnd": AMOUNT_MAX_VND}
    simbank_sqlite_counter.post("/api/v1/accounts", {"items": [rich]})

    assert simbank_sqlite_counter.pay(virtual, AMOUNT_MAX_VND, from_account="777").status_code == 201


def test_the_database_itself_refuses_an_overdrawn_customer(simbank_counter):
    with pytest.raises(IntegrityError), simbank_counter.bank.database.write() as session:
        session.execute(text("UPDATE accounts SET balance_vnd = -1 WHERE kind = 'customer'"))


def test_the_check_of_the_books_notices_a_changed_balance(simbank_sqlite_counter):
    with simbank_sqlite_counter.bank.database.write() as session:
        session.execute(text("UPDATE accounts SET balance_vnd = 1 WHERE number = :n"), {"n": SHOPPER})

    assert not books_are_right(simbank_sqlite_counter)


def test_the_check_of_the_books_notices_a_missing_entry(simbank_sqlite_counter):
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall())
    with simbank_sqlite_counter.bank.database.write() as session:
        session.execute(text("DELETE FROM ledger_entries WHERE amount_vnd = 50000"))

    with simbank_sqlite_counter.bank.database.read() as session:
        faults = queries.ledger_faults(session)
    assert [fault.split(" ")[0] for fault in faults] == ["transfer", "account"]
