"""Real servers on the loopback: ours as `scripts/serve` starts it, and the simulated bank, each killed by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from core.settings import DEMO_API_KEY, DEMO_WEBHOOK_SECRET, PROJECT_ROOT

UP_WITHIN_S = 60.0


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the address answers with success; fail when the process ends, or takes too long."""
    until = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")


@dataclass
class House:
    """Our server with its settings; may be killed and started again at the same address."""

    database_url: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> House:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHO40_", "SIMBANK_"))}
        environment |= {
            "CHO40_ENV": "demo",
            "CHO40_DATABASE_URL": self.database_url,
            "CHO40_BIND": f"127.0.0.1:{self.port}",
            "CHO40_LOG_LEVEL": "WARNING",
            "SIMBANK_DATABASE_URL": f"sqlite:///{self.folder / 'simbank.sqlite3'}",
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(PROJECT_ROOT / "scripts" / "serve"), *self.arguments],
                env=environment | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until_up(f"{self.url}/readyz", self.process)
        return self

    def kill(self) -> None:
        """SIGKILL to the server and its workers: no handler runs, nothing is flushed."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order; kill what does not."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        # The session that was started for it holds the server and its workers, and nothing else.
        os.killpg(self.process.pid, number)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(15)


@dataclass
class WorkerProcess:
    """A worker as `scripts/work` starts it, in a session of its own."""

    database_url: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None

    def start(self) -> WorkerProcess:
        """Start it, and return when it has said that it works."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHO40_")}
        environment |= {
            "CHO40_ENV": "development",
            "CHO40_DATABASE_URL": self.database_url,
            "CHO40_LOG_LEVEL": "INFO",
        }
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(PROJECT_ROOT / "scripts" / "work"), *self.arguments],
                env=environment | self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith("working as "), said
        return self

    def signal(self, number: signal.Signals) -> int:
        """Send it a signal, and give the code that it ended with."""
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.process.wait(40)


@dataclass
class BankServer:
    """The simulated bank in a process of its own, telling a house of its credits."""

    folder: Path
    webhook_url: str
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> BankServer:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SIMBANK_")}
        environment |= {
            "SIMBANK_SECRET_KEY": "test-only",
            "SIMBANK_API_KEY": DEMO_API_KEY,
            "SIMBANK_DATABASE_URL": f"sqlite:///{self.folder / 'bank.sqlite3'}",
            "SIMBANK_WEBHOOK_URL": self.webhook_url,
            "SIMBANK_WEBHOOK_SECRET": DEMO_WEBHOOK_SECRET,
            "SIMBANK_DELIVERY_BATCH": "5",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simbank", "serve", "--port", "0"],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        assert self.url.startswith("http"), "the bank did not start"
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(15)

    def client(self) -> httpx.Client:
        """A client of the partner API."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {DEMO_API_KEY}"}, timeout=30)
