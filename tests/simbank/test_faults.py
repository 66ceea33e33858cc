"""Each fault of a message by itself: what the partner is told, and when; the books stay right."""

import json
from datetime import timedelta

import httpx
import pytest

from simbank.delivery import WebhookSender
from simbank.faults import telling
from simbank.faults.models import Fault
from simbank.faults.outgoing import MENDED_AFTER_S, WAITS_FOR_NEXT_S
from simbank.outbox import Outcome
from tests.simbank.cast import NOON, SHOPPER, STALL_ACCOUNT, WEBHOOK_SECRET, Counter
from tests.simbank.faulty import WsgiPartner, credits_told, events, pay_and_step, play, told, wait


@pytest.fixture
def bank(simbank_stall_counter):
    return simbank_stall_counter


@pytest.fixture
def partner(bank):
    """A partner in this process, reached through the sender that really signs."""
    made = WsgiPartner(bank.clock)
    transport = httpx.WSGITransport(app=made)
    real = WebhookSender("http://partner.test/notifications", WEBHOOK_SECRET, 5, bank.clock, transport)
    object.__setattr__(bank.bank.courier._sender, "inner", real)
    return made


def state_of(bank: Counter) -> list[str]:
    return [credit["delivery"]["state"] for credit in bank.credits()]


def test_with_an_empty_plan_nothing_is_drawn_and_nothing_logged(bank):
    pay_and_step(bank)

    plan = bank.get("/api/v1/faults").json
    assert plan["events"] == []
    assert {switch["drawn"] for switch in plan["faults"].values()} == {0}


def test_duplicate_the_same_message_comes_twice(bank):
    play(bank, Fault.DUPLICATE)
    pay_and_step(bank)
    pay_and_step(bank)

    first, again, other = bank.sender.parcels
    assert (first.message_id, first.body) == (again.message_id, again.body)
    assert other.message_id != first.message_id
    assert [(event["fault"], event["message_id"], event["note"]) for event in events(bank)] == [
        ("duplicate", first.message_id, "200")
    ]


def test_late_a_message_sets_out_hours_later_and_others_pass(bank):
    play(bank, Fault.LATE, late_s=4 * 3_600)
    late = pay_and_step(bank, 1_000)
    pay_and_step(bank, 2_000)

    assert wait(bank, hours=1.9) == 0
    wait(bank, hours=2.1)

    assert [credit["amount_vnd"] for credit in credits_told(bank)] == [2_000, 1_000]
    assert [(event["fault"], event["message_id"]) for event in events(bank)] == [
        ("late", late["delivery"]["message_id"])
    ]


def test_out_of_order_a_message_goes_after_the_next(bank):
    play(bank, Fault.OUT_OF_ORDER)
    for amount_vnd in (1_000, 2_000, 3_000):
        pay_and_step(bank, amount_vnd)

    assert [credit["amount_vnd"] for credit in credits_told(bank)] == [2_000, 1_000, 3_000]


def test_out_of_order_goes_by_itself_when_nothing_follows(bank):
    play(bank, Fault.OUT_OF_ORDER)
    pay_and_step(bank)

    assert wait(bank, seconds=WAITS_FOR_NEXT_S - 1) == 0
    assert wait(bank, seconds=1) == 1


def test_lost_a_message_never_comes_and_the_line_is_on_the_statement(bank):
    play(bank, Fault.LOST)
    lost = pay_and_step(bank)

    assert wait(bank, days=300) == 0
    assert (bank.sender.parcels, state_of(bank)) == ([], ["lost"])
    items = bank.get("/api/v1/statements?from=2026-11-23T00:00:00&to=2026-11-24T00:00:00").json["items"]
    assert [item["credit_id"] for item in items] == [lost["id"]]


def test_answer_ignored_a_message_that_was_taken_comes_again(bank):
    play(bank, often={Fault.ANSWER_IGNORED: 1})
    pay_and_step(bank)
    assert state_of(bank) == ["pending"]

    wait(bank, seconds=2)

    first, again = bank.sender.parcels
    assert (first.message_id, first.body) == (again.message_id, again.body)
    assert state_of(bank) == ["delivered"]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_clock_skew_the_proof_states_another_time_once(bank, partner, seed):
    play(bank, often={Fault.CLOCK_SKEW: 1}, seed=seed)
    pay_and_step(bank)
    wait(bank, seconds=2)

    (refused, _, stated, *_), (taken, *_) = partner.heard
    assert (refused, taken) == (401, 200)
    assert abs(int(stated) - NOON.timestamp()) == 600
    assert state_of(bank) == ["delivered"]


def test_clock_skew_goes_either_way(bank):
    notes = set()
    for seed in range(8):
        play(bank, Fault.CLOCK_SKEW, seed=str(seed))
        pay_and_step(bank)
    for event in events(bank):
        notes.add(event["note"].split()[0])

    assert notes == {"+600", "-600"}


def test_reference_altered_one_character_is_another(bank):
    play(bank, Fault.REFERENCE_ALTERED)
    truth = pay_and_step(bank)
    pay_and_step(bank)

    altered, right = credits_told(bank)
    differing = [at for at, (a, b) in enumerate(zip(altered["content"], truth["content"], strict=True)) if a != b]
    assert len(differing) == 1
    assert differing[0] >= truth["content"].index("DX7K2M9Q")
    assert right["content"] == truth["content"] == "TIEN RAU DX7K2M9Q"
    assert {**altered, "content": truth["content"]} == {name: truth[name] for name in altered}


def test_reference_dropped_the_word_is_missing(bank):
    play(bank, Fault.REFERENCE_DROPPED)
    truth = pay_and_step(bank)

    assert credits_told(bank)[0]["content"] == "TIEN RAU"
    assert truth["content"] == "TIEN RAU DX7K2M9Q"


def test_a_content_without_reference_waits_for_one_that_has_it(bank):
    play(bank, Fault.REFERENCE_DROPPED)
    bank.pay(STALL_ACCOUNT, content="tien rau")
    bank.step()
    pay_and_step(bank)

    assert [credit["content"] for credit in credits_told(bank)] == ["TIEN RAU", "TIEN RAU"]


@pytest.mark.parametrize("content", ["", "TIEN RAU", "123456789012", "RAU 12", "A1B2C"])
def test_what_is_no_reference_stays(content):
    assert not telling.has_reference(content)
    assert telling.reference_dropped(content) is None


def test_wrong_account_names_somebody_else_or_nobody(bank):
    other = {"account_number": "9000000001", "holder_name": "TRAN VAN KHAC"}
    bank.post("/api/v1/accounts", {"items": [other]})
    body = {"request_id": "r-other", "account_number": "9000000001", "label": "DX01-B001"}
    virtual_of_other = bank.post("/api/v1/virtual-accounts", body).json["virtual_account"]
    virtual = bank.open_stall()
    named = set()
    for seed in range(8):
        play(bank, Fault.WRONG_ACCOUNT, seed=str(seed))
        bank.pay(virtual)
        bank.step()
        named.add(credits_told(bank)[-1]["virtual_account"])

    assert virtual not in named
    assert virtual_of_other in named
    nobody = named - {virtual_of_other}
    assert nobody
    for number in nobody:
        assert bank.get(f"/api/v1/banks/970499/accounts/{number}/holder").status_code == 404
    assert {credit["virtual_account"] for credit in bank.credits()} == {virtual}


def test_what_was_told_wrongly_is_told_the_same_at_every_attempt(bank):
    play(bank, Fault.REFERENCE_ALTERED, Fault.WRONG_ACCOUNT)
    bank.sender.fail(2)
    pay_and_step(bank)
    wait(bank, seconds=2)
    wait(bank, seconds=3)

    assert len(bank.sender.parcels) == 3
    assert len({parcel.body for parcel in bank.sender.parcels}) == 1


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_bad_credit_a_refused_batch_comes_again_whole_and_mended(bank, seed):
    play(bank, Fault.BAD_CREDIT, seed=seed)
    for amount_vnd in (1_000, 2_000, 3_000):
        bank.pay(STALL_ACCOUNT, amount_vnd)
    bank.sender.answers.append(Outcome(delivered=False, result="400"))
    bank.step()
    assert wait(bank, seconds=MENDED_AFTER_S - 1) == 0
    wait(bank, seconds=1)

    bad, mended = told(bank)
    amounts = [credit["amount_vnd"] for credit in bad["data"]["credits"]]
    assert sum(amount in (0, None) for amount in amounts) == 1
    assert [credit["amount_vnd"] for credit in mended["data"]["credits"]] == [1_000, 2_000, 3_000]
    assert len({parcel.message_id for parcel in bank.sender.parcels}) == 2
    assert state_of(bank) == ["delivered"] * 3


def test_bad_credit_of_a_batch_that_was_taken_comes_again_alone(bank):
    play(bank, Fault.BAD_CREDIT)
    for amount_vnd in (1_000, 2_000, 3_000):
        bank.pay(STALL_ACCOUNT, amount_vnd)
    bank.step()
    wait(bank, seconds=MENDED_AFTER_S)

    bad, mended = (body["data"]["credits"] for body in told(bank))
    [spoilt] = [credit for credit in bad if credit["amount_vnd"] in (0, None)]
    assert [credit["id"] for credit in mended] == [spoilt["id"]]
    assert mended[0]["amount_vnd"] in (1_000, 2_000, 3_000)


def test_bad_credit_needs_good_ones_beside_it(bank):
    play(bank, Fault.BAD_CREDIT)
    pay_and_step(bank)

    assert credits_told(bank)[0]["amount_vnd"] == 50_000
    assert events(bank) == []


def test_replayed_an_old_message_comes_again_byte_for_byte_and_its_time_is_over(bank, partner):
    pay_and_step(bank)
    play(bank, Fault.REPLAYED)
    bank.clock.advance(timedelta(minutes=9))
    pay_and_step(bank)
    assert events(bank) == []
    bank.clock.advance(timedelta(minutes=2))
    pay_and_step(bank)

    first, _, _, replayed = partner.heard
    assert replayed[1:] == first[1:]
    assert [status for status, *_ in partner.heard] == [200, 200, 200, 401]
    [event] = events(bank)
    assert (event["fault"], event["note"].split()) == ("replayed", [first[1], "401"])


def test_forged_a_large_amount_with_another_s_proof_comes_first(bank, partner):
    play(bank, Fault.FORGED)
    pay_and_step(bank)

    (refused, _, _, _, forged), (taken, *_) = partner.heard
    assert (refused, taken) == (401, 200)
    assert json.loads(forged)["data"]["credits"][0]["amount_vnd"] == 499_999_999
    assert [body["data"]["credits"][0]["amount_vnd"] for body in partner.taken()] == [50_000]
    assert state_of(bank) == ["delivered"]


def test_reversed_a_credit_that_was_taken_is_taken_back_later(bank):
    play(bank, Fault.REVERSED, reversed_after_s=90)
    credit = pay_and_step(bank)
    assert wait(bank, seconds=89) == 0
    wait(bank, seconds=1)
    bank.step()

    assert [body["type"] for body in told(bank)] == ["credits.received", "credits.reversed"]
    [reversal] = told(bank)[-1]["data"]["reversals"]
    assert (reversal["credit_id"], reversal["amount_vnd"]) == (credit["id"], 50_000)
    assert bank.balance_vnd(STALL_ACCOUNT) == 0
    assert [event["note"] for event in events(bank)] == ["+90 s", reversal["id"]]


def test_reversed_leaves_a_stall_alone_that_has_spent_the_money(bank):
    play(bank, Fault.REVERSED)
    pay_and_step(bank)
    bank.pay(SHOPPER, 50_000, from_account=STALL_ACCOUNT)
    wait(bank, seconds=61)

    assert [event["note"] for event in events(bank)] == ["+60 s", "insufficient_funds"]
    assert wait(bank, days=1) == 0
