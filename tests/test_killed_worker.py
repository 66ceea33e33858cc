"""A worker is killed half-way through a job that moves money; another one finishes it, once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core import clock
from core.database import database
from core.jobs.models import Job, JobWorker
from core.jobs.registry import registry_of
from core.settings import PROJECT_ROOT
from payments.container import PaymentsContainer
from payments.recording import ledger
from payments.recording.models import Correction
from payments.refunds import services
from payments.refunds.models import Refund, RefundState
from payments.verification.models import Verification
from payments.verification.services import verify
from tests.payments.refunds.test_refunds import order
from tests.support.jobs import jobs
from tests.support.money import CodedStall, coded_stalls, credit, submission
from tests.support.refunds import RefundingBank
from tests.support.servers import BankServer, WorkerProcess
from tests.test_killed_server import PAYER, open_stalls

WITHIN_S = 60.0
REFUNDS = 3


class Between:
    """Stands between us and the bank, and can keep the bank's answer to a refund for itself.

    The bank has carried the refund out by then, and we have not heard of it: the worst moment to be killed.
    """

    def __init__(self, bank: BankServer) -> None:
        self.bank = bank
        self.keeping = threading.Event()
        self.go_on = threading.Event()
        self.orders = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle(self) -> None:
                # Whoever asked may have been killed meanwhile.
                with contextlib.suppress(ConnectionError):
                    super().handle()

            def do_GET(self) -> None:
                outer.forward(self)

            do_POST = do_GET  # noqa: N815 - as http.server calls it

            def log_message(self, *_said: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name: handler.headers[name] for name in ("Authorization", "Content-Type") if name in handler.headers}
        answer = httpx.request(handler.command, self.bank.url + handler.path, content=body, headers=headers, timeout=30)
        if handler.command == "POST" and "refunds" in handler.path:
            self.orders += 1
            if self.keeping.is_set():
                self.go_on.wait(WITHIN_S)
        handler.send_response(answer.status_code)
        handler.send_header("Content-Type", answer.headers["Content-Type"])
        handler.send_header("Content-Length", str(len(answer.content)))
        handler.end_headers()
        handler.wfile.write(answer.content)

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def between(tmp_path: Path) -> Iterator[Between]:
    bank = BankServer(tmp_path, "http://127.0.0.1:9/nobody").start()
    between = Between(bank)
    yield between
    between.close()
    bank.stop()


@pytest.fixture
def worker(app: Flask, database_url: str, between: Between, tmp_path: Path) -> Iterator[Callable[[], WorkerProcess]]:
    """Starts workers that reach the bank through what stands between."""
    started: list[WorkerProcess] = []

    def start() -> WorkerProcess:
        environment = {"CHO40_SIMBANK_URL": between.url}
        started.append(WorkerProcess(database_url, tmp_path, environment).start())
        return started[-1]

    yield start
    for one in started:
        one.signal(signal.SIGKILL)


@pytest.fixture
def stall(app: Flask, between: Between) -> CodedStall:
    """A stall that was paid 50.000 through the bank, with three refunds of 10.000 ordered while it was out of reach."""
    (stall,) = coded_stalls(1)
    PaymentsContainer.of(app).gateways["simbank"] = RefundingBank(down=True)
    with between.bank.client() as client:
        (number,) = open_stalls(client, [stall])
        transfer = {
            "from_account": PAYER,
            "to_bank_bin": "970499",
            "to_account": number,
            "amount_vnd": 50_000,
            "content": "tra tien",
            "idempotency_key": "order-1",
        }
        client.post("/api/v1/transfers", json=transfer).raise_for_status()
        (reported,) = client.get("/api/v1/credits", params={"limit": 10}).raise_for_status().json()["items"]
    names = ("bank_ref", "account_number", "virtual_account", "content")
    told = {name: reported[name] for name in names} | {"external_id": reported["id"]}
    with database().writing() as session:
        paid_at = datetime.fromisoformat(reported["paid_at"])
        ledger.record(session, [submission(credit(None, paid_at=paid_at, **told))])
    for number in range(REFUNDS):
        assert order(stall, 10_000, f"key {number}").state == RefundState.UNKNOWN
    with database().writing() as session:
        session.execute(update(Job).values(run_at=clock.now()))
    return stall


def wait_until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def all_polls_are_done() -> bool:
    return all(job.done_at is not None for job in jobs(services.POLL))


def let_leases_run_out() -> None:
    """A minute passes."""
    with database().writing() as session:
        session.execute(update(Job).where(Job.leased_by.is_not(None)).values(leased_until=clock.now()))


def nothing_was_lost_or_doubled(between: Between, stall: CodedStall) -> None:
    with database().reading() as session:
        assert session.scalars(select(Refund.state)).all() == [RefundState.DONE] * REFUNDS
        booked = session.execute(select(func.count(), func.sum(Correction.amount_vnd))).one()
    assert tuple(booked) == (REFUNDS, REFUNDS * 10_000)
    account = {"account_number": stall.account_number, "holder_name": "TRAN THI MAU"}
    with between.bank.client() as client:
        answer = client.post("/api/v1/accounts", json={"items": [account]}).raise_for_status().json()
    assert answer["items"][0]["balance_vnd"] == 50_000 - REFUNDS * 10_000
    assert verify(database()).findings == []


def test_another_worker_finishes_what_a_killed_one_began(
    stall: CodedStall, between: Between, worker: Callable[[], WorkerProcess]
) -> None:
    between.keeping.set()
    first = worker()
    # It has two threads: each waits for the answer to a refund that the bank has carried out.
    wait_until(lambda: between.orders >= 2, "the worker did not ask")
    assert first.signal(signal.SIGKILL) == -signal.SIGKILL
    held = [job for job in jobs(services.POLL) if job.leased_by is not None]
    assert len(held) == 2
    with database().reading() as session:
        assert session.scalar(select(func.count()).select_from(Correction)) == 0
    between.keeping.clear()
    between.go_on.set()
    let_leases_run_out()
    worker()
    wait_until(all_polls_are_done, "the second worker did not finish")
    assert between.orders == REFUNDS
    assert sorted(job.attempts for job in jobs(services.POLL)) == [1, 2, 2]
    nothing_was_lost_or_doubled(between, stall)


def test_one_that_is_told_to_stop_finishes_what_it_has_begun(
    stall: CodedStall, between: Between, worker: Callable[[], WorkerProcess]
) -> None:
    between.keeping.set()
    first = worker()
    wait_until(lambda: between.orders >= 2, "the worker did not ask")
    threading.Timer(1.0, between.go_on.set).start()
    assert first.signal(signal.SIGTERM) == 0
    assert [job.done_at is not None for job in jobs(services.POLL)].count(True) == 2
    assert all(job.leased_by is None for job in jobs())
    worker()
    wait_until(all_polls_are_done, "the second worker did not finish")
    nothing_was_lost_or_doubled(between, stall)


def test_two_workers_at_once_do_each_days_work_once(app: Flask, worker: Callable[[], WorkerProcess]) -> None:
    pair = [threading.Thread(target=worker) for _ in range(2)]
    for one in pair:
        one.start()
    for one in pair:
        one.join()
    entries = registry_of(app).timetable
    wait_until(lambda: len(jobs()) > len(entries) and all(job.done_at for job in jobs()), "not all was done")
    for entry in entries:
        assert [job.attempts for job in jobs(entry.kind)] == [1], entry.kind
    with database().reading() as session:
        assert session.scalar(select(func.count()).select_from(Verification)) == 1
        assert session.scalar(select(func.count()).select_from(JobWorker)) == 2


BESIDE = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, sys.argv[1], "--beside", str(os.getpid())])
time.sleep(600)
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_beside_another_process_ends_with_it(app: Flask, database_url: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHO40_")}
    environment |= {"CHO40_ENV": "demo", "CHO40_DATABASE_URL": database_url, "CHO40_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", BESIDE, str(PROJECT_ROOT / "scripts" / "work")]
    parent = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith("working as ")
        parent.kill()
        parent.wait(10)

        def ended() -> bool:
            with database().reading() as session:
                return session.scalar(select(JobWorker.stopped_at)) is not None

        wait_until(ended, "it went on working")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)


def test_a_bad_setting_stops_it_with_one_line() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHO40_")}
    command = [sys.executable, str(PROJECT_ROOT / "scripts" / "work")]
    done = subprocess.run(
        command, env=environment | {"CHO40_ENV": "production"}, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["CHO40_DATABASE_URL: must be set in production"]
