"""Each fault of an answer by itself: failing calls, kept-back answers, wrong statements; the books stay right."""

import httpx
import pytest

from simbank.faults.models import Fault
from tests.simbank.cast import STALL_ACCOUNT, Counter
from tests.simbank.faulty import events, pay_and_step, play, wait


@pytest.fixture
def bank(simbank_stall_counter):
    return simbank_stall_counter


def test_bank_down_no_call_is_answered_and_nothing_is_sent_for_a_while(bank):
    pay_and_step(bank)
    bank.pay(STALL_ACCOUNT)
    play(bank, Fault.BANK_DOWN, down_s=90)
    down = bank.get("/api/v1/credits")
    still_down = bank.pay(STALL_ACCOUNT)

    assert (down.status_code, down.json["code"], down.headers["Retry-After"]) == (503, "bank_down", "90")
    assert still_down.status_code == 503
    assert wait(bank, seconds=89) == 0
    assert wait(bank, seconds=1) == 1
    assert bank.get("/api/v1/credits").status_code == 200
    assert len(bank.credits()) == 2


def test_bank_down_can_begin_with_a_message_and_ends_with_a_new_plan(bank):
    bank.pay(STALL_ACCOUNT)
    play(bank, Fault.BANK_DOWN)
    assert bank.step() == 0
    assert bank.get("/api/v1/credits").status_code == 503

    assert bank.get("/api/v1/faults").json["down_until"] == "2026-11-23T12:01:00.000+07:00"
    play(bank)

    assert bank.get("/api/v1/credits").status_code == 200


def test_error_500_fails_without_doing_anything_then_succeeds(bank):
    play(bank, often={Fault.ERROR_500: 1})
    answers = [bank.pay(STALL_ACCOUNT, idempotency_key="one") for _ in range(3)]
    play(bank)

    assert [answer.status_code for answer in answers] == [500, 201, 500]
    assert answers[0].json["code"] == "internal_server_error"
    assert bank.balance_vnd(STALL_ACCOUNT) == 50_000


def test_time_out_a_call_is_done_and_its_answer_kept_back(bank):
    waited = []
    bank.app.wsgi_app._wait = waited.append
    play(bank, Fault.TIME_OUT, time_out_s=0.25)
    bank.get("/api/v1/credits")
    bank.pay(STALL_ACCOUNT, 0)
    assert waited == []

    assert bank.pay(STALL_ACCOUNT).status_code == 201
    bank.pay(STALL_ACCOUNT)

    assert waited == [0.25]
    assert [event["note"] for event in events(bank)] == ["POST /api/v1/transfers"]


def test_time_out_a_caller_that_gives_up_finds_that_it_was_done(bank):
    def give_up(_seconds: float) -> None:
        raise httpx.ReadTimeout("no answer")

    credit = pay_and_step(bank)
    bank.app.wsgi_app._wait = give_up
    play(bank, Fault.TIME_OUT)
    order = {"request_id": "r", "credit_id": credit["id"], "amount_vnd": 7_000, "reason": "x"}
    headers = {"Authorization": "Bearer partner-key"}
    with httpx.Client(transport=httpx.WSGITransport(app=bank.app), base_url="http://bank.test", headers=headers) as api:
        with pytest.raises(httpx.ReadTimeout):
            api.post("/api/v1/refunds", json=order)

        assert api.get("/api/v1/refunds/r").json()["state"] == "done"
        assert api.post("/api/v1/refunds", json=order).status_code == 200
    assert bank.balance_vnd(STALL_ACCOUNT) == 43_000


TODAY = "from=2026-11-23T00:00:00&to=2026-11-24T00:00:00"


def lines(bank: Counter, query: str = TODAY) -> dict[str, object]:
    return bank.get(f"/api/v1/statements?{query}").json


def test_partial_statement_the_last_lines_are_missing_once(bank):
    for _ in range(6):
        bank.pay(STALL_ACCOUNT, 1_000)
    whole = lines(bank)["items"]
    play(bank, Fault.PARTIAL_STATEMENT)

    part = lines(bank, f"{TODAY}&limit=5")

    assert part["next"] is None
    assert 2 <= len(part["items"]) <= 4
    assert part["items"] == whole[: len(part["items"])]
    assert lines(bank)["items"] == whole


def test_doubled_line_stands_twice_once(bank):
    for _ in range(3):
        bank.pay(STALL_ACCOUNT, 1_000)
    whole = lines(bank)["items"]
    play(bank, Fault.DOUBLED_LINE)

    doubled = lines(bank)["items"]

    assert len(doubled) == 4
    assert [item for at, item in enumerate(doubled) if item not in doubled[:at]] == whole
    assert lines(bank)["items"] == whole


@pytest.mark.parametrize("form", ["csv", "camt.053"])
def test_statements_of_a_day_have_the_same_faults(bank, form):
    for number in ("1", "2", "3"):
        item = {"account_number": number, "holder_name": "STALL", "reported": True}
        bank.post("/api/v1/accounts", {"items": [item]})
    for number in ("1", "2"):
        for amount_vnd in (1_111, 2_222):
            bank.pay(number, amount_vnd)

    def amounts() -> list[str]:
        text = bank.get(f"/api/v1/statements/{form}?date=2026-11-23").text
        return [part for part in text.replace("<", ",").replace(">", ",").split(",") if part in ("1111", "2222")]

    whole = amounts()
    play(bank, Fault.PARTIAL_STATEMENT)
    partial = amounts()
    play(bank, Fault.DOUBLED_LINE)
    doubled = amounts()

    assert len(partial) < len(whole)
    assert partial == whole[: len(partial)]
    assert len(doubled) > len(whole)
    assert amounts() == whole


def test_an_empty_statement_uses_up_no_fault(bank):
    play(bank, Fault.PARTIAL_STATEMENT, Fault.DOUBLED_LINE)
    lines(bank)
    bank.get("/api/v1/statements/csv?date=2026-11-23")

    plan = bank.get("/api/v1/faults").json["faults"]
    assert plan["partial_statement"]["next"]
    assert plan["doubled_line"]["next"]
