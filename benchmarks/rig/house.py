"""Our server for banks, by `scripts/serve --banks`, and a trivial one to hold the senders against."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.rig.messages import HOST
from core.settings import PROJECT_ROOT

UP_WITHIN_S = 60.0
WORKERS = 2
STOPPED_WITHIN_S = 15.0
SERVE = (sys.executable, str(PROJECT_ROOT / "scripts" / "serve"), "--banks")


class House:
    """A server that answers at `port`; `main_pid` is the first of its processes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], port: int, log: Path) -> None:
        self.port = port
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, cwd=PROJECT_ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
            )
        self.main_pid = self._process.pid

    def wait_until_up(self, path: str) -> None:
        """Return when it answers with success; fail when it ends, or takes too long."""
        until = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended with {self._process.returncode}")
            try:
                if httpx.get(f"http://{HOST}:{self.port}{path}", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError("the server did not answer")

    def kill(self) -> None:
        """SIGKILL to the server and its workers: no handler runs, nothing is flushed."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOPPED_WITHIN_S)

    def stop(self) -> None:
        """End it and its workers, which its session holds alone; kill what does not end."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            os.killpg(self._process.pid, number)
            try:
                self._process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                continue


@contextmanager
def ours(database_url: str, folder: Path) -> Iterator[House]:
    """Our server on a database, logging at the level of production into the folder.

    Its gateway is the simulated bank's, which production refuses, so it runs as in development; nothing of the path
    that is measured depends on that.
    """
    with _stopped(start_ours(database_url, folder, free_port())) as house:
        house.wait_until_up("/readyz")
        yield house


def start_ours(database_url: str, folder: Path, port: int) -> House:
    """The same, begun at a port and not waited for."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHO40_")} | {
        "CHO40_ENV": "development",
        "CHO40_DATABASE_URL": database_url,
        "CHO40_BIND": f"{HOST}:{port}",
        "CHO40_GATEWAYS": "simbank",
        "CHO40_LOG_LEVEL": "INFO",
        "CHO40_WORKERS": "1" if database_url.startswith("sqlite") else str(WORKERS),
    }
    return House(SERVE, environment, port, folder / "server.log")


@contextmanager
def trivial(folder: Path) -> Iterator[House]:
    """Granian with an application that reads the request and answers what senders of one credit expect."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "granian"), "--interface=wsgi", f"--host={HOST}", f"--port={port}"]
    command += ["--workers=1", "--blocking-threads=4", "benchmarks.rig.trivial:application"]
    with _stopped(House(command, os.environ, port, folder / "trivial.log")) as house:
        house.wait_until_up("/")
        yield house


@contextmanager
def _stopped(house: House) -> Iterator[House]:
    try:
        yield house
    finally:
        house.stop()


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
