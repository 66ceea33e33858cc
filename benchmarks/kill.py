"""Kills in the middle of load, and counts: everything that was answered must be there, and nothing twice.

`python -m benchmarks.kill [--rounds N] [--database sqlite|postgresql] [--victim server|postgresql] [--seed N]`

Senders bring signed messages as a bank does, each again and again until it is answered 2xx. In every round the victim
(our server with all its workers, or PostgreSQL with all its processes) gets a SIGKILL at a moment drawn by chance, and
what had been answered by then is looked for in the database before anybody sends again. Exit 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import structlog
from sqlalchemy import func, select

from benchmarks.rig import postgres
from benchmarks.rig.ground import PaidStall, lay_out
from benchmarks.rig.house import House, free_port, start_ours
from benchmarks.rig.messages import PATH, body_of, proof_of
from core.engine import Database
from core.migrations import upgrade
from payments.recording.models import Credit, Payment
from payments.verification.services import verify

SENDERS = 8
CREDITS_EACH_MAX = 5
STALLS = 40
#: How long the load lasts before a kill, in seconds.
LOAD_S = (0.3, 1.5)
#: What a sender waits before it sends again, and how long the last messages may take after the last kill.
AGAIN_AFTER_S, DONE_WITHIN_S = 0.05, 60.0
ANSWER_WITHIN_S = 30.0
DATABASES, VICTIMS = ("sqlite", "postgresql"), ("server", "postgresql")
DATABASE_NAME = "kill"
COUNTS = ("kills", "underway", "sent", "messages", "attempts", "answered", "recorded", "payments", "lost", "doubled")


@dataclass(slots=True)
class Outcome:
    """What was sent and what is there, in credits where nothing else is said."""

    kills: int = 0
    #: Messages on their way at the moment of a kill, over all kills.
    underway: int = 0
    sent: int = 0
    messages: int = 0
    #: How often a message was sent; above `messages` where one had to be sent again.
    attempts: int = 0
    answered: int = 0
    recorded: int = 0
    payments: int = 0
    #: Answered 2xx and not there: after any of the kills, or at the end.
    lost: int = 0
    #: There more often than once, as a credit or as a payment.
    doubled: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything is as it must be."""
        everything = self.sent == self.answered == self.recorded == self.payments
        return everything and not self.lost and not self.doubled and not self.findings

    def lines(self) -> Iterator[str]:
        """What to print."""
        for name in COUNTS:
            yield f"{name:10}{getattr(self, name):>8}"
        yield f"{'verify':10}{'sound' if not self.findings else '; '.join(self.findings):>8}"


class Victim(Protocol):
    """What is killed and comes back."""

    def kill(self) -> None:
        """End it without a word."""

    def revive(self) -> None:
        """Have it serve again."""


class Server:
    """Our server on a database."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._database_url, self._folder = database_url, folder
        self.port = free_port()
        self._house = self._start()

    def kill(self) -> None:
        """End it without a word."""
        self._house.kill()

    def revive(self) -> None:
        """Have it serve again, at the same address."""
        self._house = self._start()

    def stop(self) -> None:
        """End it in order."""
        self._house.stop()

    def _start(self) -> House:
        house = start_ours(self._database_url, self._folder, self.port)
        try:
            house.wait_until_up("/readyz")
        except BaseException:
            house.stop()
            raise
        return house


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL of our own."""

    server: postgres.Server

    def kill(self) -> None:
        """End it without a word."""
        self.server.kill()

    def revive(self) -> None:
        """Have it serve again; it recovers by itself."""
        self.server.start()


class Senders:
    """Threads that bring messages until they are told to stop; each message until it was answered."""

    def __init__(self, port: int, stalls: Sequence[PaidStall], seed: int) -> None:
        self._url = f"http://127.0.0.1:{port}{PATH}"
        self._stalls = stalls
        self._stopping = threading.Event()
        self._counting = threading.Lock()
        self.messages = self.attempts = self.underway = 0
        self.sent: set[str] = set()
        self.answered: set[str] = set()
        self.broken: list[str] = []
        rngs = [random.Random(f"{seed} {number}") for number in range(SENDERS)]
        self._threads = [
            threading.Thread(target=self._bring_all, args=(number, rng)) for number, rng in enumerate(rngs)
        ]
        for thread in self._threads:
            thread.start()

    def answered_by_now(self) -> set[str]:
        """The credits that were answered 2xx."""
        with self._counting:
            return set(self.answered)

    def stop(self) -> None:
        """Bring nothing new; return once everything was answered. Raises `AssertionError` when that takes too long."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(DONE_WITHIN_S)
        assert not any(thread.is_alive() for thread in self._threads), "the last messages were not answered"
        assert not self.broken, self.broken[0]

    def _bring_all(self, number: int, rng: random.Random) -> None:
        with httpx.Client(timeout=ANSWER_WITHIN_S) as client:
            for count in itertools.count():
                if self._stopping.is_set():
                    return
                stalls = rng.choices(self._stalls, k=rng.randint(1, CREDITS_EACH_MAX))
                named = [(f"kill-{number}-{count}-{place}", stall) for place, stall in enumerate(stalls)]
                self._bring(client, f"msg-{number}-{count}", named)

    def _bring(self, client: httpx.Client, message_id: str, named: Sequence[tuple[str, PaidStall]]) -> None:
        body, ids = body_of(named), [name for name, _ in named]
        with self._counting:
            self.messages += 1
            self.underway += 1
            self.sent.update(ids)
        until = time.monotonic() + DONE_WITHIN_S
        while time.monotonic() < until:
            with self._counting:
                self.attempts += 1
            try:
                answer = client.post(self._url, content=body, headers=proof_of(message_id, body))
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.is_success:
                with self._counting:
                    self.underway -= 1
                    self.answered.update(ids)
                return
            if answer is not None and answer.status_code not in {500, 502, 503}:
                break
            time.sleep(AGAIN_AFTER_S)
        self.broken.append(f"{message_id}: {answer.status_code if answer else 'no answer'}")
        self._stopping.set()


def measure(kind: str, victim: str, rounds: int, seed: int = 1) -> Outcome:
    """Kill so many times, and count. Everything is started here, in a temporary folder, and ended again."""
    rng, outcome = random.Random(seed), Outcome()
    with tempfile.TemporaryDirectory(prefix="cho40-kill-") as name, _database(kind, Path(name)) as (url, server):
        database = Database(url)
        upgrade(database)
        stalls = lay_out(database, STALLS)
        ours = Server(url, Path(name))
        killed: Victim = ours if victim == "server" else Postgres(_there(server))
        try:
            senders = Senders(ours.port, stalls, seed)
            try:
                for _ in range(rounds):
                    _one_round(database, senders, killed, rng, outcome, looks_first=victim == "server")
            finally:
                senders.stop()
            _count(database, senders, outcome)
        finally:
            ours.stop()
            database.dispose()
    return outcome


def _one_round(
    database: Database,
    senders: Senders,
    victim: Victim,
    rng: random.Random,
    outcome: Outcome,
    *,
    looks_first: bool,
) -> None:
    time.sleep(rng.uniform(*LOAD_S))
    outcome.underway += senders.underway
    victim.kill()
    outcome.kills += 1
    answered = senders.answered_by_now()
    if not looks_first:
        # The database itself is down: what it kept shows once it has recovered.
        victim.revive()
    outcome.lost += len(answered - _recorded(database))
    if looks_first:
        victim.revive()


def _recorded(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Credit.external_id)))


def _count(database: Database, senders: Senders, outcome: Outcome) -> None:
    recorded = _recorded(database)
    outcome.sent, outcome.answered = len(senders.sent), len(senders.answered)
    outcome.messages, outcome.attempts = senders.messages, senders.attempts
    outcome.lost += len(senders.answered - recorded)
    with database.reading() as session:
        outcome.recorded = session.scalar(select(func.count()).select_from(Credit)) or 0
        outcome.payments = session.scalar(select(func.count()).select_from(Payment)) or 0
        paid = session.scalar(select(func.count(Payment.credit_id.distinct()))) or 0
    outcome.doubled = (outcome.recorded - len(recorded)) + (outcome.payments - paid)
    outcome.findings = verify(database).findings


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[tuple[str, postgres.Server | None]]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ours.db'}", None
        return
    with postgres.running() as server:
        server.create(DATABASE_NAME)
        yield server.sqlalchemy_url(DATABASE_NAME), server


def _there(server: postgres.Server | None) -> postgres.Server:
    assert server is not None, "only PostgreSQL has a server to kill"
    return server


def main() -> None:
    """Run it, print the counts, exit 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="how many kills")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--victim", choices=VICTIMS, default="server")
    parser.add_argument("--seed", type=int, default=1, help="decides the moments of the kills and the amounts")
    given = parser.parse_args()
    if given.victim == "postgresql" and given.database != "postgresql":
        parser.error("PostgreSQL is no victim where the database is SQLite")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began = time.monotonic()
    outcome = measure(given.database, given.victim, given.rounds, given.seed)
    print(f"{given.victim} killed on {given.database}, seed {given.seed}, {time.monotonic() - began:.0f} s")
    for line in outcome.lines():
        print(line)
    if not outcome.sound:
        sys.exit("wrong: see above")


if __name__ == "__main__":
    main()
