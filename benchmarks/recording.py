"""How fast credits are recorded, durably, held against PostgreSQL's own benchmark on the same server and machine.

Run it as `python -m benchmarks.recording [--seconds N] [--rounds N] [--payments N] [--only MEASURE …]`. Contestants
alternate, so that whatever else the machine does meets both; what counts is the median of the rounds' ratios. Each run
is followed by a count of what is recorded: not one credit more or less than was answered.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import Progress
from sqlalchemy import func, select

from benchmarks.rig import figures, filling, ground, house, machine, messages, postgres, processes
from benchmarks.rig.figures import Figure
from benchmarks.rig.ground import PaidStall
from benchmarks.rig.senders import CONNECTIONS, Outcome, Senders
from core.engine import Database
from core.migrations import upgrade
from core.settings import PROJECT_ROOT, VAR
from payments.recording.models import Credit, Payment
from payments.recording.ownership import MatchedBy

STALLS = 5_000
FEW_PAYMENTS = 10_000
BULK_CREDITS = 500
#: Enough to keep the recorder busy, and so few that all they have sent is recorded before the server says 503.
BULK_CONNECTIONS = 8
WARM_UP_S = 2.0
PGBENCH_SCALE = 50
PGBENCH_CLIENTS = (8, 16, 32, 64)
#: Requests are made before the clock starts, for up to these rates; past them a run ends early and says so.
SINGLES_PER_S_MAX = 6_000
BULKS_PER_S_MAX = 60
#: Ten million in five minutes.
VERIFIED_PER_S = 10_000_000 / 300
VERIFY_MEMORY_MB = 500
MEMORY_LOOKED_AT_S = 0.2
MEASURES = ("single", "bulk", "latency", "hot", "large", "verify", "sqlite", "senders")
OF_POSTGRES = frozenset({"single", "bulk", "latency", "hot", "large", "verify"})


@dataclass(slots=True)
class Target:
    """A database of ours with its server, its stalls, and how many credits were answered into it."""

    database: Database
    stalls: list[PaidStall]
    house: house.House
    #: The first process of the database's own server; None for SQLite.
    database_pid: int | None
    answered: int = 0


@dataclass(slots=True)
class Bench:
    """A run of the benchmark: its options, and what it has found."""

    seconds: float
    rounds: int
    folder: Path
    found: list[Figure] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    _names: Iterator[int] = field(default_factory=itertools.count)

    def send(
        self, target: Target, what: str, *, credits_each: int = 1, rate: float | None = None, hot: bool = False
    ) -> Outcome:
        """One run against a server; notes what each side spent, and counts in the database what was answered."""
        ceiling = rate or (SINGLES_PER_S_MAX if credits_each == 1 else BULKS_PER_S_MAX)
        requests = int(ceiling * (self.seconds + WARM_UP_S)) + 1
        name = f"{os.getpid()}-{next(self._names)}"
        batch = messages.prepare(target.stalls[:1] if hot else target.stalls, requests, credits_each, name)
        pids = [target.house.main_pid, *([target.database_pid] if target.database_pid else [])]
        before = [processes.cpu_s(pid) for pid in pids]
        senders = Senders(target.house.port, CONNECTIONS if credits_each == 1 else BULK_CONNECTIONS)
        began = time.perf_counter()
        try:
            outcome = senders.send(batch, seconds=self.seconds, warm_up_s=WARM_UP_S, rate=rate)
        finally:
            senders.close()
        took = time.perf_counter() - began
        self._note(target, outcome, [processes.cpu_s(pid) - b for pid, b in zip(pids, before, strict=True)], took, what)
        self._count(target, outcome)
        return outcome

    def _note(self, target: Target, outcome: Outcome, spent_s: list[float], took: float, what: str) -> None:
        credits_ = outcome.answered * outcome.credits_each
        noted = {
            "credits_per_s": round(outcome.per_second),
            "p50_ms": round(outcome.percentile_s(50) * 1e3, 1),
            "p99_ms": round(outcome.percentile_s(99) * 1e3, 1),
            "server_cpu_us_per_credit": round(spent_s[0] / credits_ * 1e6),
            "database_cpu_us_per_credit": round(sum(spent_s[1:]) / credits_ * 1e6) if target.database_pid else None,
            "senders_cpu_share": round(outcome.cpu_share, 2),
            "took_s": round(took, 2),
        }
        self.details.setdefault(what, []).append(noted)
        print(f"  {what}: " + ", ".join(f"{name} {value}" for name, value in noted.items()), flush=True)

    def _count(self, target: Target, outcome: Outcome) -> None:
        target.answered += outcome.answered * outcome.credits_each
        with target.database.reading() as session:
            credits_ = session.scalar(select(func.count()).select_from(Credit))
            by_account = select(func.count()).where(Payment.matched_by == MatchedBy.VIRTUAL_ACCOUNT.value)
            payments = session.scalar(by_account)
        assert credits_ == payments == target.answered, (credits_, payments, target.answered)


def main() -> None:
    """Measure what is asked for, print the table, keep the figures."""
    given = _arguments()
    wanted = set(given.only or MEASURES)
    bench_folder = VAR / "benchmarks"
    bench_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bench_folder) as name:
        bench = Bench(given.seconds, given.rounds, Path(name))
        facts = machine.facts(bench.folder)
        if wanted & OF_POSTGRES:
            settings = dict(one.split("=", 1) for one in given.set)
            with postgres.running(**settings) as server:
                facts |= _on_postgres(bench, server, wanted, given.payments, given.pgbench_scale)
        if "sqlite" in wanted:
            _on_sqlite(bench)
        if "senders" in wanted:
            _senders_alone(bench)
    print("\n" + "\n".join(f"{name}: {value}" for name, value in facts.items()))
    print("\n" + figures.table(bench.found))
    print(f"\nkept in {figures.write('recording', facts, bench.found, bench.details).relative_to(PROJECT_ROOT)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each run, without warming up (default 10)")
    parser.add_argument("--rounds", type=int, default=3, help="how often contestants alternate (default 3)")
    parser.add_argument("--payments", type=int, default=1_000_000, help="in the large table (default 1,000,000)")
    parser.add_argument("--pgbench-scale", type=int, default=PGBENCH_SCALE, help="branches of pgbench's bank")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of PostgreSQL")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="MEASURE", help=", ".join(MEASURES))
    return parser.parse_args()


def _on_postgres(bench: Bench, server: postgres.Server, wanted: set[str], payments: int, scale: int) -> dict[str, str]:
    with ExitStack() as stack:
        facts = {"PostgreSQL": server.version()} | {
            f"  {name}": str(server.ask(f"SHOW {name}")) for name in server.settings
        }
        small = _laid_out(bench, server, stack, "small", FEW_PAYMENTS)
        if wanted & {"single", "bulk"}:
            facts["pgbench"] = _beside_pgbench(bench, server, small, wanted, scale)
        if "latency" in wanted:
            _latency(bench, small)
        if "hot" in wanted:
            _hot(bench, small)
        if wanted & {"large", "verify"}:
            large = _laid_out(bench, server, stack, "large", payments)
            if "large" in wanted:
                _large(bench, small, large, payments)
            if "verify" in wanted:
                _verify(bench, server, payments)
        return facts


def _laid_out(bench: Bench, server: postgres.Server, stack: ExitStack, name: str, payments: int) -> Target:
    """A database with stalls and so many payments, and our server on it for as long as the stack stands."""
    server.create(name)
    url = server.sqlalchemy_url(name)
    database = Database(url)
    stack.callback(database.dispose)
    upgrade(database)
    stalls = ground.lay_out(database, STALLS)
    with _progress(f"{name}: payments to begin with", payments) as advance:
        filling.fill(server.url(name), stalls, payments, advance)
    serving = stack.enter_context(house.ours(url, bench.folder))
    return Target(database, stalls, serving, server.main_pid, payments)


@contextmanager
def _progress(words: str, total: int) -> Iterator[Callable[[int], None]]:
    with Progress(transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda count: bar.advance(task, count)


def _beside_pgbench(bench: Bench, server: postgres.Server, small: Target, wanted: set[str], scale: int) -> str:
    server.fill_pgbench(scale)
    tried = {clients: server.pgbench_tps(clients, max(2, bench.seconds / 2)) for clients in PGBENCH_CLIENTS}
    best = max(tried, key=lambda clients: tried[clients])
    bench.details["pgbench_search"] = {f"{clients} clients": tps for clients, tps in tried.items()}
    tps: list[float] = []
    rates: dict[int, list[float]] = {1: [], BULK_CREDITS: []}
    sizes = [size for name, size in (("single", 1), ("bulk", BULK_CREDITS)) if name in wanted]
    for _ in range(bench.rounds):
        tps.append(server.pgbench_tps(best, bench.seconds))
        print(f"  pgbench, {best} clients: {tps[-1]:,.0f} a second", flush=True)
        for size in sizes:
            rates[size].append(bench.send(small, f"{size} a request", credits_each=size).per_second)
    bench.details["pgbench"] = tps
    for size, reach in ((1, 1.35), (BULK_CREDITS, 7.0)):
        if rates[size]:
            words = ("credits/s", "pgbench transactions/s")
            bench.found.append(figures.ratio(f"credits, {size} a request", rates[size], tps, reach, words))
    return f"TPC-B-like, scale {scale}, {best} clients best of {', '.join(map(str, tried))}"


def _latency(bench: Bench, small: Target) -> None:
    p99_ms, halves = [], []
    for _ in range(bench.rounds):
        rate = bench.send(small, "single, to find its half").per_second / 2
        halves.append(rate)
        p99_ms.append(bench.send(small, "single at half the rate", rate=rate).percentile_s(99) * 1e3)
    found = f"median of {', '.join(f'{one:.0f}' for one in p99_ms)} ms"
    against = f"at {statistics.median(halves):,.0f} requests/s, from when each was due"
    bench.found.append(
        Figure("p99 at half the rate", found, against, statistics.median(p99_ms), "ms", 100, less_is_better=True)
    )


def _hot(bench: Bench, small: Target) -> None:
    pairs = [
        (
            bench.send(small, "spread over all stalls").per_second,
            bench.send(small, "one hot stall", hot=True).per_second,
        )
        for _ in range(bench.rounds)
    ]
    spread, hot = zip(*pairs, strict=True)
    words = ("credits/s", f"credits/s over {STALLS:,} stalls")
    bench.found.append(figures.ratio("one stall takes everything", hot, spread, 0.5, words))


def _large(bench: Bench, small: Target, large: Target, payments: int) -> None:
    few, many = [], []
    for _ in range(bench.rounds):
        few.append(bench.send(small, "few payments present").per_second)
        many.append(bench.send(large, "many payments present").per_second)
    words = ("credits/s", f"credits/s with {FEW_PAYMENTS:,}")
    bench.found.append(figures.ratio(f"with {payments:,} payments present", many, few, 0.9, words))


def _verify(bench: Bench, server: postgres.Server, payments: int) -> None:
    """`payments verify` as an operator calls it, in a process of its own; it must find everything sound."""
    environment = os.environ | {"CHO40_ENV": "development", "CHO40_DATABASE_URL": server.sqlalchemy_url("large")}
    command = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", "payments", "verify"]
    began = time.perf_counter()
    with (bench.folder / "verify.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log)
        # Not by what the system says of it at its end: that counts in what we held ourselves when it began.
        memory_mb = 0.0
        while process.poll() is None:
            memory_mb = max(memory_mb, processes.memory_mb(process.pid))
            time.sleep(MEMORY_LOOKED_AT_S)
    took_s = time.perf_counter() - began
    said = (bench.folder / "verify.log").read_text()
    assert process.returncode == 0, said
    bench.details["verify"] = {"said": said.strip(), "took_s": took_s, "memory_mb": memory_mb}
    name, per_s = f"verifying over {payments:,} payments", payments / took_s
    floor = "ten million in five minutes"
    bench.found.append(Figure(f"{name}: pace", f"{took_s:.0f} s", floor, per_s, "payments/s", VERIFIED_PER_S))
    memory = (f"{memory_mb:.0f} MB", "with any number of payments")
    bench.found.append(Figure(f"{name}: memory", *memory, memory_mb, "MB", VERIFY_MEMORY_MB, less_is_better=True))


def _on_sqlite(bench: Bench) -> None:
    url = f"sqlite:///{bench.folder / 'cho40.db'}"
    database = Database(url)
    upgrade(database)
    stalls = ground.lay_out(database, STALLS)
    ours, bare = [], []
    with house.ours(url, bench.folder) as serving:
        target = Target(database, stalls, serving, None)
        for _ in range(bench.rounds):
            bare.append(_bare_commits_per_s(bench.folder / "bare.db", bench.seconds))
            print(f"  bare commits on SQLite: {bare[-1]:,.0f} a second", flush=True)
            ours.append(bench.send(target, "SQLite, single").per_second)
    database.dispose()
    words = ("credits/s", "one-row commits/s in a bare loop")
    bench.found.append(figures.ratio("SQLite, 1 a request", ours, bare, 1.0, words))


def _bare_commits_per_s(path: Path, seconds: float) -> float:
    """Rows that one thread makes durable one by one, with the journal and the flushes that we use."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body BLOB)")
    body, count, began = b"x" * 300, 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        connection.execute("INSERT INTO rows (body) VALUES (?)", (body,))
        count += 1
    rate = count / (time.perf_counter() - began)
    connection.close()
    return rate


def _senders_alone(bench: Bench) -> None:
    """Whether the senders could send more than any server here answers: against one that does nothing."""
    stalls = [PaidStall(1, 1, "400900000001", "SB4000000001")]
    with house.trivial(bench.folder) as serving:
        rates = []
        for _ in range(bench.rounds):
            batch = messages.prepare(stalls, int(4 * SINGLES_PER_S_MAX * (bench.seconds + WARM_UP_S)), 1, "trivial")
            senders = Senders(serving.port)
            outcome = senders.send(batch, seconds=bench.seconds, warm_up_s=WARM_UP_S)
            senders.close()
            rates.append(outcome.per_second)
            print(f"  against a trivial application: {rates[-1]:,.0f} a second, {outcome.cpu_share:.2f} of a core")
    ours = _seen(bench.details, "1 a request")
    bench.details["senders_alone"] = rates
    if ours:
        words = ("requests/s against a trivial application", "requests/s against ours")
        bench.found.append(figures.ratio("the senders themselves", rates[: len(ours)], ours[: len(rates)], 2.0, words))


def _seen(details: dict[str, Any], what: str) -> Sequence[float]:
    return [noted["credits_per_s"] for noted in details.get(what, [])]


if __name__ == "__main__":
    main()
