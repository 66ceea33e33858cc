"""What recording a credit is made of: processor time of each part of a request, and of a group of the recorder.

Run it as `python -m benchmarks.parts [--repeats N] [--database postgresql|sqlite]`. One thread, no network: a request
is answered with a recorder that says at once that all is durable, then the hooks of each module are taken away and the
difference told; groups are then recorded for real, their statements counted, and one size looked into by cProfile.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

import wsgi
from benchmarks.rig import ground, messages, postgres, processes
from benchmarks.rig.ground import PaidStall
from core.engine import Database
from core.migrations import upgrade
from core.settings import Settings, load_settings
from payments.gateways import simbank
from payments.gateways.port import Notification, Recorded
from payments.live.container import LiveContainer
from payments.recording.ingest import Message, Submission
from payments.recording.recorder import commit

STALLS = 5_000
SIZES = (1, 8, 32, 64, 500)
PROFILED_SIZE = 32
WARM_UP = 50
LINES_SHOWN = 25
ALL = "all"
TURNS = 9


class _Durable:
    """A recorder that says so and does nothing."""

    def record(self, submission: Submission) -> Recorded:
        return Recorded(len(submission.credits), 0, 0)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parts", description=__doc__)
    parser.add_argument("--repeats", type=int, default=2_000, help="requests, and credits of each size of group")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    given = parser.parse_args()
    with _database(given.database) as (database, database_pid):
        stalls = ground.lay_out(database, STALLS)
        settings = load_settings({"CHO40_ENV": "development", "CHO40_DATABASE_URL": database.url})
        _of_a_request(settings, stalls, given.repeats)
        _of_a_group(settings, database, database_pid, stalls, given.repeats)


@contextmanager
def _database(kind: str) -> Iterator[tuple[Database, int | None]]:
    """An empty database of ours with its server's first process."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield from _opened(f"sqlite:///{Path(folder) / 'parts.db'}", None)
        return
    with postgres.running() as server:
        server.create("parts")
        yield from _opened(server.sqlalchemy_url("parts"), server.main_pid)


def _opened(url: str, pid: int | None) -> Iterator[tuple[Database, int | None]]:
    database = Database(url)
    upgrade(database)
    yield database, pid
    database.dispose()


def _of_a_request(settings: Settings, stalls: Sequence[PaidStall], repeats: int) -> None:
    """The whole request, the gateway's part of it, and what goes with each hook."""
    app = wsgi.create_app(settings)
    LiveContainer.of(app).recorder = _Durable()
    environs = [_environ(raw) for raw in messages.prepare(stalls, repeats + WARM_UP, 1, "parts").requests]
    whole_us = _per_call_us(lambda environ: _answer(app, environ), environs)
    bank = simbank.Simbank(settings)
    read_us = _per_call_us(lambda environ: bank.read_notification(_headers(environ), environ["body"]), environs)
    print(f"\n{whole_us:7.1f} µs  a request with one credit, without the recorder and the server")
    print(f"{read_us:7.1f} µs    of it the gateway: proof and reading")
    for module in [*sorted({function.__module__ for hooks in _hooks(app) for function in hooks}), ALL]:
        print(f"{_saved_us(app, module, environs):7.1f} µs    goes with the hooks of {module}")


def _saved_us(app: Flask, module: str, environs: Sequence[dict[str, Any]]) -> float:
    """The median difference that the hooks of a module make, over turns with and without them."""
    differences = []
    for _ in range(TURNS):
        with_us = _per_call_us(lambda environ: _answer(app, environ), environs[: len(environs) // 4])
        with _without(app, module):
            without_us = _per_call_us(lambda environ: _answer(app, environ), environs[: len(environs) // 4])
        differences.append(with_us - without_us)
    return statistics.median(differences)


def _hooks(app: Flask) -> list[list[Any]]:
    """What runs around every request, in lists that can be changed."""
    kinds = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    return [app.teardown_appcontext_funcs, *(hooks for kind in kinds for hooks in kind.values())]


@contextmanager
def _without(app: Flask, module: str) -> Iterator[None]:
    """Take away the hooks of a module, or all of them."""
    before = [(hooks, list(hooks)) for hooks in _hooks(app)]
    for hooks, kept in before:
        hooks[:] = [] if module == ALL else [one for one in kept if one.__module__ != module]
    try:
        yield
    finally:
        for hooks, kept in before:
            hooks[:] = kept


def _environ(request: bytes) -> dict[str, Any]:
    """What a server makes of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    headers = {name.upper().replace("-", "_"): value for name, value in lines}
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": messages.PATH,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "CONTENT_TYPE": headers.pop("CONTENT_TYPE"),
        "CONTENT_LENGTH": headers.pop("CONTENT_LENGTH"),
        "body": body,
    } | {f"HTTP_{name}": value for name, value in headers.items()}


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    return {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}


def _answer(app: Flask, environ: dict[str, Any]) -> None:
    answered: list[str] = []
    fresh = environ | {"wsgi.input": io.BytesIO(environ["body"]), "wsgi.errors": io.StringIO()}

    def start(status: str, _headers: object, _error: object = None) -> Callable[[bytes], object]:
        answered.append(status)
        return io.BytesIO().write

    parts = app(fresh, start)
    b"".join(parts)
    # What Flask answers has to be closed; what is answered before it has nothing to close.
    getattr(parts, "close", lambda: None)()
    assert answered[0].startswith("200"), answered


def _per_call_us(call: Callable[[dict[str, Any]], object], given: Sequence[dict[str, Any]]) -> float:
    """Processor time of a call, the first ones left out."""
    for one in given[:WARM_UP]:
        call(one)
    began = time.process_time()
    for one in given[WARM_UP:]:
        call(one)
    return (time.process_time() - began) / (len(given) - WARM_UP) * 1e6


def _of_a_group(
    settings: Settings, database: Database, database_pid: int | None, stalls: Sequence[PaidStall], repeats: int
) -> None:
    """For each size of group what one credit costs us and the database, and the statements of a group."""
    bank = simbank.Simbank(settings)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    commit(database, _submissions(bank, stalls, SIZES[-1], "parts-warm"))
    print("\n     size   µs of ours/credit   µs of the database/credit   µs waited/credit   statements/group")
    for size in SIZES:
        groups = [_submissions(bank, stalls, size, f"parts-{size}-{n}") for n in range(max(3, repeats // size))]
        commit(database, _submissions(bank, stalls, size, f"parts-{size}-warm"))
        statements.clear()
        ours, theirs, wall = _spent(lambda group: commit(database, group), groups, database_pid)
        count = size * len(groups)
        print(
            f"{size:9}{ours / count * 1e6:20.0f}{theirs / count * 1e6:28.0f}{(wall - ours) / count * 1e6:19.0f}"
            f"{len(statements) / len(groups):19.1f}"
        )
    groups = [
        _submissions(bank, stalls, PROFILED_SIZE, f"profiled-{n}") for n in range(max(3, repeats // PROFILED_SIZE))
    ]
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    for group in groups:
        commit(database, group)
    profile.disable()
    _print_profile(profile, PROFILED_SIZE * len(groups))


def _submissions(bank: simbank.Simbank, stalls: Sequence[PaidStall], size: int, name: str) -> list[Submission]:
    """Messages of one credit each, as so many requests hand them over."""
    found = []
    for request in messages.prepare(stalls, size, 1, name).requests:
        environ = _environ(request)
        read: Notification = bank.read_notification(_headers(environ), environ["body"])
        found.append(Submission(simbank.NAME, read.credits, Message(read.message_id, environ["body"])))
    return found


def _spent(
    call: Callable[[list[Submission]], object], groups: list[list[Submission]], database_pid: int | None
) -> tuple[float, float, float]:
    """Seconds of processor of ours, of the database, and by the clock."""
    before = processes.cpu_s(database_pid) if database_pid else 0.0
    began, began_wall = time.thread_time(), time.perf_counter()
    for group in groups:
        call(group)
    ours, wall = time.thread_time() - began, time.perf_counter() - began_wall
    return ours, (processes.cpu_s(database_pid) - before) if database_pid else 0.0, wall


def _print_profile(profile: cProfile.Profile, credits_: int) -> None:
    """Own time by package, then by function, in µs a credit; the profiler itself makes all of it dearer."""
    stats: dict[tuple[str, int, str], Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    by_package: dict[str, float] = defaultdict(float)
    for (file, _line, name), (_calls, _primitive, own_s, _total_s, _callers) in stats.items():
        by_package[_package(file, name)] += own_s
    print(f"\nunder the profiler, groups of {PROFILED_SIZE}, own µs/credit by package:")
    for package, own_s in sorted(by_package.items(), key=lambda item: -item[1])[:LINES_SHOWN]:
        print(f"{own_s / credits_ * 1e6:9.1f}  {package}")
    print("\nby function: own, with what it calls, calls/credit")
    dearest = sorted(stats.items(), key=lambda item: -item[1][2])[:LINES_SHOWN]
    for (file, line, name), (calls, _primitive, own_s, total_s, _callers) in dearest:
        where = f"{_package(file, name)} {Path(file).name}:{line} {name}"
        print(f"{own_s / credits_ * 1e6:9.1f}{total_s / credits_ * 1e6:9.1f}{calls / credits_:8.2f}  {where}")


def _package(file: str, name: str) -> str:
    if file == "~":
        return "psycopg (compiled)" if "psycopg" in name else "built in"
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if "python3" in file:
        return "standard library"
    return "/".join(parts[-3:-1])


if __name__ == "__main__":
    main()
