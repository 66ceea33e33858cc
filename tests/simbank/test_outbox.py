"""The outbox: nothing reported is lost, and the partner can tell a repeat from news."""

import json
import threading
from datetime import timedelta

import pytest

from simbank import SimbankSettings, create_app
from simbank.outbox import BACKOFF_S, RETRY_AFTER_MAX_S
from tests.simbank.cast import STALL_ACCOUNT, Counter, RecordingSender, counter


def delivery(counter: Counter) -> dict[str, object]:
    return counter.get("/api/v1/credits").json["items"][0]["delivery"]


def test_a_credit_is_sent_as_agreed(simbank_counter):
    virtual = simbank_counter.open_stall()
    paid = simbank_counter.pay(virtual, 50_000).json

    simbank_counter.step()

    [parcel] = simbank_counter.sender.parcels
    body = json.loads(parcel.body)
    [credit] = body["data"]["credits"]
    assert body["type"] == "credits.received"
    assert body["timestamp"] == "2026-11-23T12:00:00.000+07:00"
    assert credit["id"].startswith("cr_")
    assert credit["payer_ref"].startswith("P")
    assert {k: v for k, v in credit.items() if k not in {"id", "payer_ref"}} == {
        "bank_ref": paid["bank_ref"],
        "account_number": STALL_ACCOUNT,
        "virtual_account": virtual,
        "amount_vnd": 50_000,
        "currency": "VND",
        "content": "TIEN RAU DX7K2M9Q",
        "payer_bank_bin": "970499",
        "payer_name": "KHACH MAU MOT",
        "paid_at": "2026-11-23T12:00:00.000+07:00",
    }
    assert delivery(simbank_counter)["state"] == "delivered"


def test_what_was_delivered_is_not_sent_again(simbank_counter):
    simbank_counter.pay(simbank_counter.open_stall())
    simbank_counter.step()
    simbank_counter.clock.advance(timedelta(days=1))

    assert simbank_counter.step() == 0
    assert len(simbank_counter.sender.parcels) == 1


def test_waiting_credits_travel_together_up_to_the_batch(simbank_sqlite_url):
    made = counter(simbank_sqlite_url, delivery_batch=3)
    virtual = made.open_stall()
    for _ in range(5):
        made.pay(virtual, 1_000)

    made.step()
    made.step()

    assert [parcel.items for parcel in made.sender.parcels] == [3, 2]
    ids = [c["id"] for p in made.sender.parcels for c in json.loads(p.body)["data"]["credits"]]
    assert len(set(ids)) == 5
    made.bank.stop()


def test_a_failed_message_is_repeated_unchanged_after_each_wait(simbank_counter):
    simbank_counter.pay(simbank_counter.open_stall())
    simbank_counter.sender.fail(len(BACKOFF_S) + 1)
    simbank_counter.step()

    for wait_s in (*BACKOFF_S, BACKOFF_S[-1]):
        simbank_counter.clock.advance(timedelta(seconds=wait_s * 0.79))
        assert simbank_counter.step() == 0, f"too early, before {wait_s} s"
        simbank_counter.clock.advance(timedelta(seconds=wait_s * 0.42))
        assert simbank_counter.step() == 1, f"too late, after {wait_s} s"

    parcels = simbank_counter.sender.parcels
    assert len({(parcel.message_id, parcel.body) for parcel in parcels}) == 1
    assert [parcel.attempt for parcel in parcels] == list(range(1, len(parcels) + 1))
    assert delivery(simbank_counter)["state"] == "delivered"


@pytest.mark.parametrize(("asked_s", "kept_s"), [(120, 120), (10**6, RETRY_AFTER_MAX_S)])
def test_the_partner_may_ask_for_a_longer_wait(simbank_sqlite_counter, asked_s, kept_s):
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall())
    simbank_sqlite_counter.sender.fail(1, retry_after_s=asked_s)
    simbank_sqlite_counter.step()

    simbank_sqlite_counter.clock.advance(timedelta(seconds=kept_s - 1))
    assert simbank_sqlite_counter.step() == 0
    simbank_sqlite_counter.clock.advance(timedelta(seconds=1))
    assert simbank_sqlite_counter.step() == 1


def test_a_message_whose_process_died_falls_due_when_its_lease_ends(simbank_counter):
    simbank_counter.pay(simbank_counter.open_stall())
    courier = simbank_counter.bank.courier
    lost = courier._outbox.claim_fresh()

    simbank_counter.clock.advance(timedelta(seconds=14))
    assert simbank_counter.step() == 0
    simbank_counter.clock.advance(timedelta(seconds=2))
    simbank_counter.step()

    [again] = simbank_counter.sender.parcels
    assert (again.message_id, again.body, again.attempt) == (lost.message_id, lost.body, 2)


def test_an_attempt_that_outlived_its_lease_cannot_postpone_the_next(simbank_sqlite_counter):
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall())
    outbox = simbank_sqlite_counter.bank.courier._outbox
    slow = outbox.claim_fresh()
    simbank_sqlite_counter.clock.advance(timedelta(seconds=16))
    simbank_sqlite_counter.step()
    simbank_sqlite_counter.sender.fail(1)

    outbox.settle(slow, simbank_sqlite_counter.sender.answers[0])

    assert delivery(simbank_sqlite_counter)["state"] == "delivered"


def test_two_processes_never_send_the_same_credit_side_by_side(simbank_database_url):
    bank, other = counter(simbank_database_url), counter(simbank_database_url)
    virtual = bank.open_stall()
    for _ in range(12):
        bank.pay(virtual, 1_000)
    start = threading.Barrier(2)
    for each in (bank, other):
        each.bank.courier._outbox.batch = 2

    def work(each: Counter) -> None:
        start.wait(10)
        while each.step():
            pass

    threads = [threading.Thread(target=work, args=(each,)) for each in (bank, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    # Rows that the other one held for a moment were skipped: whoever looks last takes them.
    while bank.step():
        pass

    ids = [
        c["id"] for each in (bank, other) for p in each.sender.parcels for c in json.loads(p.body)["data"]["credits"]
    ]
    assert len(ids) == len(set(ids)) == 12
    for each in (bank, other):
        each.bank.stop()


def test_a_fresh_payment_goes_out_at_once(simbank_sqlite_counter):
    arrived = threading.Event()

    class Ringing(RecordingSender):
        def send(self, parcel):
            arrived.set()
            return super().send(parcel)

    courier = simbank_sqlite_counter.bank.courier
    courier._sender = Ringing()
    virtual = simbank_sqlite_counter.open_stall()
    courier.start()

    # Its own polling would come only after a minute.
    simbank_sqlite_counter.pay(virtual)

    assert arrived.wait(2)


def test_serving_a_request_starts_delivery_once(simbank_sqlite_url):
    made = counter(simbank_sqlite_url)
    made.app.before_request(made.bank.start)
    assert made.bank.courier._thread is None

    made.client.get("/healthz")
    thread = made.bank.courier._thread
    made.client.get("/healthz")

    assert thread is not None
    assert made.bank.courier._thread is thread
    made.bank.stop()
    assert not thread.is_alive()


def test_the_thread_outlives_a_failure_of_the_database(simbank_sqlite_counter):
    courier = simbank_sqlite_counter.bank.courier
    courier._poll_s = 0.01
    steps = iter([OSError("the database is away")])
    recovered = threading.Event()

    class Flaky:
        def claim_fresh(self):
            for fault in steps:
                raise fault
            recovered.set()

        def claim_reversals(self):
            return None

        def claim_due(self):
            return None

    courier._outbox = Flaky()
    courier.start()

    assert recovered.wait(2)


def test_without_a_webhook_address_credits_wait(simbank_sqlite_url):
    app = create_app(SimbankSettings(secret_key="s", api_key="k", database_url=simbank_sqlite_url))

    assert app.extensions["simbank"].courier is None
