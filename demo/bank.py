"""The simulated bank while demo data is being loaded: the one that is running, else one for the time.

Like everything here it is reached over HTTP only; the one that is started works on the file that the demo's own bank
will open later.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url

from core.settings import PROJECT_ROOT, Settings
from payments.gateways.simbank import Simbank
from vendors.container import VendorsContainer

FILE = "simbank.sqlite3"
ACCOUNTS_AT_ONCE = 1_000
OPENING_BALANCE_VND = 0
STOP_WITHIN_S = 10


def database_url(settings: Settings) -> str:
    """The address of the demo bank's database: beside ours when ours is a file, else in `var/`."""
    ours = make_url(settings.database_url)
    folder = Path(ours.database).parent if ours.get_backend_name() == "sqlite" and ours.database else Path("var")
    return f"sqlite:///{folder / FILE}"


@contextmanager
def running_bank(settings: Settings) -> Iterator[Simbank]:
    """A gateway that reaches a bank, running for as long as the block."""
    if _answers(settings.simbank_url):
        with _issuing(Simbank(settings)) as bank:
            yield bank
        return
    process = _start(settings)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip().removeprefix("listening on ")
        if not address.startswith("http"):
            message = "the simulated bank did not start"
            raise RuntimeError(message)
        with _issuing(Simbank(replace(settings, simbank_url=address))) as bank:
            yield bank
    finally:
        process.terminate()
        process.wait(STOP_WITHIN_S)


@contextmanager
def _issuing(bank: Simbank) -> Iterator[Simbank]:
    """Have this bank issue the virtual accounts of new codes."""
    container = VendorsContainer.current()
    before = container.issuer
    container.issuer = bank
    try:
        yield bank
    finally:
        container.issuer = before


def open_accounts(gateway: Simbank, holders: Sequence[tuple[str, str]]) -> None:
    """Open an account at the bank for each (number, holder's name); those that are there stay as they are."""
    for start in range(0, len(holders), ACCOUNTS_AT_ONCE):
        items = [
            {"account_number": number, "holder_name": name, "opening_balance_vnd": OPENING_BALANCE_VND}
            for number, name in holders[start : start + ACCOUNTS_AT_ONCE]
        ]
        gateway.open_accounts(items)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _start(settings: Settings) -> subprocess.Popen[str]:
    environment = os.environ | {
        "SIMBANK_SECRET_KEY": settings.secret_key,
        "SIMBANK_API_KEY": settings.simbank_api_key,
        "SIMBANK_DATABASE_URL": database_url(settings),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "simbank", "serve", "--port", "0"],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
