"""One process, a virtual clock, no thread, no sleep: one seed gives the same messages, byte for byte."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from simbank import SimbankSettings, create_app, queries
from simbank.app import Simbank
from simbank.clock import ManualClock
from simbank.delivery import WebhookSender
from simbank.faults.models import Fault
from simbank.numbers import NumberSource
from tests.simbank.cast import API_KEY, NOON, SHOPPER, WEBHOOK_SECRET
from tests.simbank.faulty import WsgiPartner

STALLS = 4
ROUNDS = 45
PLAN = {fault.value: {"probability": 0.15} for fault in Fault}


def no_answer(_seconds: float) -> None:
    raise httpx.ReadTimeout("the caller gave up")


class Simulation:
    """The bank, its partner and one who pays, all in this process."""

    def __init__(self, folder: Path, seed: int, plan: dict[str, object]) -> None:
        self.clock = ManualClock(NOON)
        self.rng = random.Random(seed)
        self.partner = WsgiPartner(self.clock)
        transport = httpx.WSGITransport(app=self.partner)
        self.app = create_app(
            SimbankSettings(secret_key="s", api_key=API_KEY, database_url=f"sqlite:///{folder / 'bank.sqlite3'}"),
            clock=self.clock,
            numbers=NumberSource(random.Random(seed)),
            sender=WebhookSender("http://partner.test/notifications", WEBHOOK_SECRET, 5, self.clock, transport),
            rng=random.Random(seed),
            wait=no_answer,
            background=False,
        )
        self.bank: Simbank = self.app.extensions["simbank"]
        self.api = httpx.Client(
            transport=httpx.WSGITransport(app=self.app),
            base_url="http://bank.test",
            headers={"Authorization": f"Bearer {API_KEY}"},
        )
        self.answers: list[str] = []
        self.accounts = self.open_stalls()
        self.api.put("/api/v1/faults", json={"seed": str(seed), "faults": plan}).raise_for_status()

    def open_stalls(self) -> list[str]:
        items = [{"account_number": f"700{n}", "holder_name": f"SAP {n}"} for n in range(STALLS)]
        self.api.post("/api/v1/accounts", json={"items": items}).raise_for_status()
        wanted = [
            {"request_id": f"r{n}", "account_number": item["account_number"], "label": "SAP"}
            for n, item in enumerate(items)
        ]
        issued = self.api.post("/api/v1/virtual-accounts/batch", json={"items": wanted}).json()["items"]
        return [item["virtual_account"] for item in issued]

    def call(self, method: str, path: str, **body: object) -> None:
        try:
            answer = self.api.request(method, path, **({"json": body} if body else {}))
            self.answers.append(f"{answer.status_code} {answer.text}")
        except httpx.ReadTimeout as error:
            self.answers.append(str(error))

    def pay(self, number: int) -> None:
        order = {
            "from_account": SHOPPER,
            "to_bank_bin": "970499",
            "to_account": self.rng.choice(self.accounts),
            "amount_vnd": self.rng.randrange(1_000, 30_000),
            "content": "tra tien DX7K2M9Q",
            "idempotency_key": f"order-{number}",
        }
        self.call("POST", "/api/v1/transfers", **order)

    def run(self) -> None:
        for number in range(ROUNDS):
            for part in range(self.rng.randrange(3)):
                self.pay(10 * number + part)
            self.bank.courier.step()
            self.clock.advance(timedelta(seconds=self.rng.randrange(1, 400)))
            if number % 3 == 2:
                self.call("GET", "/api/v1/statements?from=2026-11-23T00:00:00&to=2026-11-24T00:00:00")
        self.settle()

    def settle(self) -> None:
        """Switch all faults off; let the bank do what it still has to."""
        self.api.put("/api/v1/faults", json={}).raise_for_status()
        for _ in range(60):
            self.clock.advance(timedelta(minutes=20))
            while self.bank.courier.step():
                pass


@pytest.fixture
def run(tmp_path):
    """Run a simulation from a seed, on a new file each time."""
    made: list[Simulation] = []

    def start(seed: int, plan: dict[str, object]) -> Simulation:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Simulation(folder, seed, plan))
        made[-1].run()
        return made[-1]

    yield start
    for simulation in made:
        simulation.bank.stop()


def test_one_seed_gives_the_same_messages_byte_for_byte_in_the_same_order_and_another_does_not(run):
    first, second, other = run(11, PLAN), run(11, PLAN), run(12, PLAN)

    assert len(first.partner.heard) > 20
    assert first.partner.heard == second.partner.heard
    assert first.answers == second.answers
    assert first.api.get("/api/v1/faults").text == second.api.get("/api/v1/faults").text
    assert first.partner.heard != other.partner.heard


def test_every_fault_is_met_in_a_long_run_and_the_books_stay_right(run):
    rare = {name: {"probability": 0.1} for name in ("lost", "late", "out_of_order", "bank_down")}
    simulation = run(3, {name: {"probability": 0.4} for name in PLAN} | rare)

    done = {name for name, switch in simulation.api.get("/api/v1/faults").json()["faults"].items() if switch["done"]}
    with simulation.bank.database.read() as session:
        assert queries.ledger_faults(session) == []
    assert done == set(Fault)


def test_without_faults_every_credit_is_told_once_and_no_thread_is_started(run):
    threads = threading.active_count()
    simulation = run(5, {})

    assert threading.active_count() == threads
    told = [credit["id"] for body in simulation.partner.taken() for credit in body["data"]["credits"]]
    kept = simulation.api.get("/api/v1/credits?limit=1000").json()["items"]
    assert told == [credit["id"] for credit in kept]
    assert len(told) == len(set(told)) > 20


def test_with_all_faults_that_lose_nothing_every_credit_is_told_truly_in_the_end(run):
    """What is late, doubled, refused, spoilt or not heard comes right; nothing else may be told of a credit."""
    harmless = ("duplicate", "late", "out_of_order", "answer_ignored", "clock_skew", "bad_credit", "replayed", "forged")
    simulation = run(7, {name: {"probability": 0.3} for name in (*harmless, "bank_down", "error_500", "time_out")})

    true = {
        credit["id"]: credit["amount_vnd"]
        for credit in simulation.api.get("/api/v1/credits?limit=1000").json()["items"]
    }
    told = [credit for body in simulation.partner.taken() for credit in body["data"]["credits"]]
    good = {credit["id"]: credit["amount_vnd"] for credit in told if credit["amount_vnd"]}
    assert good == true
    assert len(true) > 10
