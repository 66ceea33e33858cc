"""Delivery over real HTTP, and by a process that is killed half-way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from simbank.clock import SystemClock
from simbank.delivery import WebhookSender
from simbank.outbox import Parcel
from tests.simbank.cast import API_KEY, SHOPPER, STALL_ACCOUNT, WEBHOOK_SECRET, Partner

PARCEL = Parcel("msg_1", '{"type":"credits.received"}', 1, 1)


def sender(url: str, timeout_s: float = 2) -> WebhookSender:
    return WebhookSender(url, WEBHOOK_SECRET, timeout_s, SystemClock())


def test_the_signature_verifies_and_is_fresh_at_each_attempt(simbank_partner):
    postman = sender(simbank_partner.url)
    postman.send(PARCEL)
    time.sleep(1.1)
    postman.send(PARCEL)

    first, second = simbank_partner.next(), simbank_partner.next()
    for delivery in (first, second):
        Webhook(WEBHOOK_SECRET).verify(delivery.body, delivery.headers)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "msg_1"
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_delivers(simbank_partner, status):
    simbank_partner.answers.put((status, {}))

    assert sender(simbank_partner.url).send(PARCEL).delivered


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (503, {"retry-after": "7"}, 7),
        (503, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        (503, {"retry-after": "soon"}, None),
        (302, {"location": "/elsewhere"}, None),
        (401, {}, None),
        (500, {}, None),
    ],
)
def test_anything_else_fails_and_may_ask_for_a_wait(simbank_partner, status, headers, wait_s):
    simbank_partner.answers.put((status, headers))

    outcome = sender(simbank_partner.url).send(PARCEL)

    assert (outcome.delivered, outcome.retry_after_s) == (False, wait_s)
    assert outcome.result.startswith(str(status))


def test_a_partner_that_does_not_answer_is_a_failure(simbank_partner):
    simbank_partner.hold.clear()

    outcome = sender(simbank_partner.url, 0.2).send(PARCEL)

    assert (outcome.delivered, outcome.result) == (False, "ReadTimeout")


def test_a_partner_that_is_not_there_is_a_failure():
    outcome = sender("http://127.0.0.1:9/").send(PARCEL)

    assert (outcome.delivered, outcome.result) == (False, "ConnectError")


@dataclass
class Running:
    """A bank in a process of its own."""

    process: subprocess.Popen[str]
    api: httpx.Client


@contextmanager
def running(folder: Path, partner: Partner, **environ: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simbank", "serve", "--port", "0"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("SIMBANK_")},
            "SIMBANK_SECRET_KEY": "only-for-tests",
            "SIMBANK_API_KEY": API_KEY,
            "SIMBANK_DATABASE_URL": f"sqlite:///{folder / 'own.sqlite3'}",
            "SIMBANK_WEBHOOK_URL": partner.url,
            "SIMBANK_WEBHOOK_SECRET": WEBHOOK_SECRET,
            **environ,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        with httpx.Client(
            base_url=line.split()[-1], headers={"Authorization": f"Bearer {API_KEY}"}, trust_env=False
        ) as api:
            yield Running(process, api)
    finally:
        process.kill()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def pay(api: httpx.Client, amount_vnd: int) -> None:
    item = {"account_number": STALL_ACCOUNT, "holder_name": "STALL", "reported": True}
    assert api.post("/api/v1/accounts", json={"items": [item]}).is_success
    order = {
        "from_account": SHOPPER,
        "to_bank_bin": "970499",
        "to_account": STALL_ACCOUNT,
        "amount_vnd": amount_vnd,
        "idempotency_key": f"k-{amount_vnd}",
    }
    assert api.post("/api/v1/transfers", json=order).status_code == 201


def test_a_killed_process_loses_no_credit(simbank_partner, tmp_path):
    quick = {"SIMBANK_DELIVERY_TIMEOUT_S": "0.5", "SIMBANK_LEASE_S": "1", "SIMBANK_DELIVERY_POLL_S": "0.1"}
    simbank_partner.hold.clear()
    with running(tmp_path, simbank_partner, **quick) as bank:
        pay(bank.api, 1_000)
        before = simbank_partner.next()
        pay(bank.api, 2_000)
        bank.process.send_signal(signal.SIGKILL)
        bank.process.wait(10)
    simbank_partner.hold.set()

    with running(tmp_path, simbank_partner, **quick):
        after = [simbank_partner.next(), simbank_partner.next()]

    assert sorted(c["amount_vnd"] for delivery in after for c in delivery.credits) == [1_000, 2_000]
    assert before.headers["webhook-id"] in {delivery.headers["webhook-id"] for delivery in after}
    assert before.body in {delivery.body for delivery in after}


def test_a_payment_reaches_the_partner_at_once_and_a_signal_ends_the_bank(simbank_partner, tmp_path):
    with running(tmp_path, simbank_partner, SIMBANK_DELIVERY_POLL_S="30") as bank:
        time.sleep(0.3)
        begin = time.monotonic()
        pay(bank.api, 3_000)
        [credit] = simbank_partner.next().credits
        took_s = time.monotonic() - begin
        bank.process.send_signal(signal.SIGTERM)
        code = bank.process.wait(10)

    assert credit["amount_vnd"] == 3_000
    assert took_s < 3, "its own polling would come after 30 s"
    assert code == 0


def test_a_bad_setting_stops_the_start_with_one_line(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "simbank", "serve", "--port", "0"],
        env={**os.environ, "SIMBANK_API_KEY": "k", "SIMBANK_SECRET_KEY": "s", "SIMBANK_COLOUR": "green"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: SIMBANK_COLOUR is not a setting")
    assert ended.stderr.count("\n") == 1


FORKING = """
import os, sys
from simbank import SimbankSettings, create_app

settings = SimbankSettings(
    secret_key="s", api_key="k", database_url=sys.argv[1], webhook_url=sys.argv[2], webhook_secret=sys.argv[3]
)
app = create_app(settings)
client, courier = app.test_client(), app.extensions["simbank"].courier
assert client.get("/healthz").status_code == 200
in_parent = courier._thread
assert in_parent.is_alive()
child = os.fork()
if child == 0:
    assert courier._thread is None
    answered = client.get("/healthz").status_code == 200
    os._exit(0 if answered and courier._thread.is_alive() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert courier._thread is in_parent
"""


def test_a_process_that_forks_delivers_in_both(simbank_partner, simbank_sqlite_url):
    subprocess.run(
        [sys.executable, "-c", FORKING, simbank_sqlite_url, simbank_partner.url, WEBHOOK_SECRET],
        check=True,
        timeout=30,
    )
