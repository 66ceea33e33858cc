"""The world of a simulation: our application, the simulated bank beside it, one clock for both, and their restarts.

The recorder's writer runs as it does in service, though alone: a request waits for it, so one message after the other
comes out the same every time, and where several are to share a commit, `Saboteur.hold` lets them gather in a known
order.
"""

from __future__ import annotations

import base64
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import httpx
import structlog
import time_machine
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from core.database import database
from core.permissions.principal import SYSTEM, Grant, Principal
from core.permissions.roles import Role, Scope
from core.settings import DEMO_WEBHOOK_SECRET, Settings, load_settings
from core.users.services import issue_token
from payments.live.container import Bounds, LiveContainer
from payments.recording import recorder as recorder_module
from simbank import models as bank_models
from simbank.app import Simbank as BankParts
from simbank.clock import ManualClock
from simbank.outbox import Parcel
from simbank.services import AccountRequest, TransferRequest
from tests.simulation.model import Model
from tests.simulation.sabotage import KILLS, Fate, Killed, Saboteur
from tests.support.applications import Applications
from tests.support.beside import BankBeside, Wire, open_beside
from tests.support.money import CodedStall, coded_stalls
from vendors.codes import reference
from vendors.codes.banks import SIMULATED_BIN
from vendors.codes.models import PaymentCode
from vendors.stalls.models import SettlementAccount

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
STALLS = 4
SHOPPERS = 3
#: An account of two stalls, and one of nobody we know.
SHARED_ACCOUNT, STRANGER = "990200000001", "990300000001"
RICH_VND = 10**14
GATHERED_WITHIN_S = 20.0
#: Named in the environment of a simulation; nothing of the machine's own counts.
ENVIRONMENT = {"CHO40_ENV": "development", "CHO40_PUBLIC_URL": "http://cho.test", "CHO40_LOG_LEVEL": "ERROR"}

APPLICATIONS = Applications()
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Heard:
    """A message of the bank on its way to us, and our answer; no status where the bank heard none."""

    headers: dict[str, str]
    body: bytes
    reached_us: bool = False
    status: int | None = None
    answer: httpx.Response | None = None


class Street(Wire):
    """The bank's way to us. What is sent while our process is dead reaches nobody, and who dies does not answer."""

    def __init__(self, app: Flask, is_dead: Callable[[], bool]) -> None:
        super().__init__(app)
        self._is_dead = is_dead
        self.heard: list[Heard] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        heard = Heard(dict(request.headers), request.content)
        self.heard.append(heard)
        if self._is_dead():
            raise httpx.ConnectError("nobody there", request=request)
        heard.reached_us = True
        answer = super().handle_request(request)
        answer.read()
        # A recorder that has ended makes nobody a success: one is from before, however late its thread comes by.
        if self._is_dead() and not answer.is_success:
            raise httpx.ReadError("it ended", request=request)
        heard.status, heard.answer = answer.status_code, answer
        return answer

    def take(self) -> list[Heard]:
        """What was heard since this was last asked."""
        heard, self.heard = self.heard, []
        return heard


class World:
    """Everything that acts, on one database. `seed` decides all that is random in it."""

    def __init__(self, database_url: str, folder: Path, seed: int) -> None:
        rng = random.Random(seed)
        self._settings: Settings = load_settings(ENVIRONMENT | {"CHO40_DATABASE_URL": database_url})
        self._held = ExitStack()
        self.clock = ManualClock(START)
        self._time = self._held.enter_context(time_machine.travel(START, tick=False))
        self._held.enter_context(mock.patch.object(reference, "secrets", rng))
        self._held.enter_context(mock.patch.object(recorder_module, "BACK_OFF_S", 0.0))
        # With a second writer it would be chance who takes which group first.
        self._held.enter_context(mock.patch.object(recorder_module, "WRITERS", 1))
        self.restarts = 0
        self._process = ExitStack()
        #: What vendors took out of their accounts.
        self.spent_vnd: Counter[str] = Counter()
        self._create()
        # What is broken on purpose is no news; whoever looks for the reason of a failure has the trace.
        self._held.enter_context(mock.patch.object(recorder_module, "log", structlog.testing.CapturingLogger()))
        self.street = Street(self.app, lambda: self.dead)
        self.bank: BankBeside = open_beside(
            self.app,
            self._settings,
            folder,
            clock=self.clock,
            seed=rng.getrandbits(64),
            to_us=self.street,
            wait=_give_up,
        )
        self.model = Model(base64.b64decode(DEMO_WEBHOOK_SECRET.removeprefix("whsec_")))
        self.shoppers = [f"99040000000{number}" for number in range(SHOPPERS)]
        self.stalls = coded_stalls(STALLS, begun=False)
        self._furnish()

    def _create(self) -> None:
        """Begin a process of ours: it has nothing of the one before but the database."""
        self.app = self._process.enter_context(APPLICATIONS.lend(self._settings))
        self._enter()
        LiveContainer.of(self.app).streams = Bounds(10, heartbeat_s=0.001)
        # The recorder's commits and the services' have a saboteur each: they are told apart by whom they hurt.
        ours = LiveContainer.of(self.app).database
        self.at_recorder, self.at_services = Saboteur(ours), Saboteur(ours)
        found = LiveContainer.of(self.app).recorder
        found._database = self.at_recorder  # type: ignore[assignment]
        ours.writing = self.at_services.writing  # type: ignore[method-assign]

    def _enter(self) -> None:
        self._context = self.app.app_context()
        self._context.push()

    def get(self, path: str, **headers: str) -> TestResponse:
        """A call of the API by who may read everything, in a context of its own, as a server's are."""
        self._context.pop()
        try:
            authorization = {"Authorization": f"Bearer {self._token}"}
            return self.app.test_client().get(path, headers=authorization | headers)
        finally:
            self._enter()

    def restart(self) -> None:
        """End our process, whatever it was doing, and start another on the same database."""
        self.restarts += 1
        self._context.pop()
        self._process.close()
        self._create()
        self.bank.connect(self.app, self._settings)

    @property
    def dead(self) -> bool:
        """Whether our process has ended."""
        return self.at_recorder.dead or self.at_services.dead

    def advance(self, step: timedelta) -> None:
        """Let time pass, for everybody."""
        self.clock.advance(step)
        self._time.move_to(self.clock.now(), tick=False)

    def now(self) -> datetime:
        """The moment it is."""
        return self.clock.now()

    def close(self) -> None:
        """End it."""
        self.bank.close()
        self._context.pop()
        self._process.close()
        self._held.close()

    def _furnish(self) -> None:
        """Accounts at the bank, virtual accounts in the codes, and who is who for the model."""
        openings = [
            AccountRequest(account_number=n, holder_name="KHACH MAU", opening_balance_vnd=RICH_VND)
            for n in self.shoppers
        ]
        openings += [
            AccountRequest(account_number=n, holder_name="CHU MAU", reported=True) for n in (SHARED_ACCOUNT, STRANGER)
        ]
        self.parts.bank.daily_limit_vnd = RICH_VND
        self.parts.bank.open_accounts(openings)
        for stall in self.stalls:
            number = self.bank.keep(stall)
            with database().writing() as session:
                session.execute(
                    update(PaymentCode).where(PaymentCode.stall_id == stall.id).values(account_number=number)
                )
            self.learn_codes(stall)
            self.model.holders[stall.account_number] = {stall.id}
        sharing = self.stalls[:2]
        with database().writing() as session:
            session.add_all(_past_account(stall, self.now()) for stall in sharing)
        self.model.holders[SHARED_ACCOUNT] = {stall.id for stall in sharing}
        self._token = issue_token(SYSTEM, "simulation", Grant(Role.ADMIN, Scope.EVERYWHERE))
        self.at_services.forget()

    @property
    def parts(self) -> BankParts:
        """What the bank consists of; shoppers stand at its counter, whatever its partner's API does."""
        found: BankParts = self.bank.theirs.extensions["simbank"]
        return found

    def learn_codes(self, stall: CodedStall) -> None:
        """Tell the model of the stall's codes."""
        with database().reading() as session:
            codes = session.scalars(
                select(PaymentCode).where(PaymentCode.stall_id == stall.id).order_by(PaymentCode.version)
            ).all()
        for code in codes:
            assert code.virtual_account is not None
            self.model.virtual[code.virtual_account] = (stall.id, code.reference)
            self.model.references[code.reference] = stall.id
        if codes[-1].revoked_at is None:
            self.model.coded.add(stall.id)

    def call(self, service: Callable[[], Answer], fate: Fate = Fate.NORMAL, commits: int = 1) -> Answer:
        """Call a service; when our process ends in it, start again and have it called as before, as people do."""
        self.at_services.forget()
        if fate in KILLS:
            self.at_services.arrange(fate, commits=commits)
        try:
            return service()
        except Killed:
            self.restart()
            return service()
        finally:
            self.at_services.forget()

    def pay(self, payer: str, to: str, amount_vnd: int, content: str) -> None:
        """A shopper's transfer, done."""
        self.bank.paid += 1
        order = TransferRequest(
            from_account=payer,
            to_bank_bin=SIMULATED_BIN,
            to_account=to,
            amount_vnd=amount_vnd,
            content=content,
            idempotency_key=f"shopper-{self.bank.paid}",
        )
        made, _new = self.parts.bank.transfer(order)
        assert made.refusal is None, made.refusal

    def deliver_together(self, count: int) -> tuple[list[Heard], int]:
        """Have messages meet at our recorder: the first is being committed while the others gather behind it.

        Gives all that was heard meanwhile, in the order of arrival, and how many had gathered.
        """
        assert self.parts.courier is not None
        outbox, sender = self.parts.courier._outbox, self.parts.courier._sender
        outcomes: dict[str, Any] = {}
        parcels = _claimed(outbox, count)
        self.street.take()
        self.at_recorder.hold()
        threads: list[threading.Thread] = []
        gathered = 0
        try:
            for parcel in parcels:
                thread = threading.Thread(target=lambda one=parcel: outcomes.update({one.message_id: sender.send(one)}))
                thread.start()
                threads.append(thread)
                gathered += self._is_queued(thread, gathered)
        finally:
            self.at_recorder.let_go()
        for thread in threads:
            thread.join(GATHERED_WITHIN_S)
        for parcel in parcels:
            outbox.settle(parcel, outcomes[parcel.message_id])
        return self.street.take(), gathered

    def _is_queued(self, thread: threading.Thread, before: int) -> bool:
        """Wait until what a thread sent lies in the recorder's queue (True), or was answered without that."""
        queue, pause = LiveContainer.of(self.app).recorder._queue, threading.Event()
        for _ in range(int(GATHERED_WITHIN_S * 1_000)):
            # Whom the writer has taken counts once it stands before its commit: until then others may join it.
            if self.at_recorder.reached.is_set() and queue.qsize() + 1 > before:
                return True
            if not thread.is_alive():
                return False
            pause.wait(0.001)
        raise AssertionError("a message did not reach the recorder")

    def bank_session(self) -> Any:
        """A reading transaction on the bank's own books."""
        return self.parts.database.read()

    def balance_vnd(self, account_number: str) -> int:
        """What an account at the bank holds."""
        statement = select(bank_models.Account.balance_vnd).where(bank_models.Account.number == account_number)
        with self.bank_session() as session:
            found: int = session.scalars(statement).one()
            return found

    def bank_refund(self, request_id: str) -> bank_models.Refund | None:
        """How the bank has a refund."""
        with self.bank_session() as session:
            return session.scalar(select(bank_models.Refund).where(bank_models.Refund.request_id == request_id))


ADMIN = Principal(None, "Lệnh", (Grant(Role.ADMIN, Scope.EVERYWHERE),))


def _claimed(outbox: Any, count: int) -> Sequence[Parcel]:
    """Some messages that are due, each on lease."""
    parcels: list[Parcel] = []
    for claim in (outbox.claim_fresh, outbox.claim_reversals, outbox.claim_due):
        while len(parcels) < count and (parcel := claim()) is not None:
            parcels.append(parcel)
    return parcels


def _past_account(stall: CodedStall, moment: datetime) -> SettlementAccount:
    return SettlementAccount(
        stall_id=stall.id,
        bank_bin=SIMULATED_BIN,
        account_number=SHARED_ACCOUNT,
        holder_name="CHU MAU",
        status="past",
        name_check="match",
        proposed_at=moment,
    )


def _give_up(_seconds: float) -> None:
    """What a caller does whose answer is kept back for longer than it waits."""
    raise httpx.ReadTimeout("no answer in time")
