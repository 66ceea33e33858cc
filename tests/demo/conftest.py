from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from core.settings import PROJECT_ROOT, load_settings

#: The demo's own number of stalls; fewer payments, which are all alike.
STALLS = 1_500
PAYMENTS = 12_000


@dataclass(frozen=True, slots=True)
class Demo:
    """A loaded demo: its folder, its environment, and the application on it."""

    folder: Path
    environment: dict[str, str]
    app: Flask


def environment_of(folder: Path) -> dict[str, str]:
    return {
        "CHO40_ENV": "demo",
        "CHO40_DATABASE_URL": f"sqlite:///{folder / 'cho40.db'}",
        "CHO40_LOG_LEVEL": "ERROR",
        # Nothing answers there, so a bank of its own is started for the load.
        "CHO40_SIMBANK_URL": "http://127.0.0.1:9/simbank",
    }


def run_command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the application in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHO40_", "SIMBANK_"))}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=PROJECT_ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def opened(folder: Path) -> Demo:
    environment = environment_of(folder)
    return Demo(folder, environment, wsgi.create_app(load_settings(environment)))


def load(folder: Path, *options: str) -> Demo:
    environment = environment_of(folder)
    for arguments in (("database", "upgrade"), ("demo", "load", *options)):
        done = run_command(environment, *arguments)
        assert done.returncode == 0, done.stderr
    return opened(folder)


@pytest.fixture(scope="session")
def demo(shared_tmp: Path) -> Demo:
    """The whole demo, loaded by its command: once for all workers of the run, whichever of them comes first."""
    folder = shared_tmp / "demo"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "loaded").exists():
            load(folder, "--stalls", str(STALLS), "--payments", str(PAYMENTS))
            (folder / "loaded").touch()
    return opened(folder)


@pytest.fixture
def demo_app(demo: Demo) -> Iterator[Flask]:
    with demo.app.app_context():
        yield demo.app
