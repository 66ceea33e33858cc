#!/usr/bin/env python3
"""`make test-clocks`: what depends on the day is tested on other days, under a clock that libfaketime moves.

Each clock begins at its moment, in Vietnam's time, and runs on from there. The tests are those of rooms where a day, a
month or a year begins or ends; on SQLite, for PostgreSQL keeps a clock of its own, and without a browser.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import libfaketime

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
ZONE = "Asia/Ho_Chi_Minh"

#: What each clock is for, and when it begins.
CLOCKS = {
    "the last minute of a market day": "2026-12-14 23:59:00",
    "the first minute of a market day": "2026-12-15 00:00:01",
    "the first of a month": "2027-05-01 09:30:00",
    "the first of a year": "2027-01-01 08:00:00",
    "the 29th of February": "2028-02-29 10:00:00",
    "ten years ahead": "2036-12-01 07:15:00",
}

TESTS = (
    "tests/adoption/indicators/test_definitions.py",
    "tests/adoption/indicators/test_pages.py",
    "tests/adoption/indicators/test_periods.py",
    "tests/core/jobs/test_timetable.py",
    "tests/core/test_clock_money_text.py",
    "tests/core/users/test_signing_in.py",
    "tests/core/web/test_idempotency.py",
    "tests/payments/cash",
    "tests/payments/reconciliation/test_pages.py",
    "tests/payments/requests",
    "tests/payments/screen/test_pages.py",
    "tests/payments/unmatched/test_pages.py",
    "tests/vendors/registration/test_life.py",
)


def main() -> None:
    """Run the tests under each clock; exit 1 when any failed under any."""
    failed = [name for name, moment in CLOCKS.items() if not passes(name, moment)]
    print(
        f"{len(CLOCKS) - len(failed)} of {len(CLOCKS)} clocks passed"
        + (f"; failed: {', '.join(failed)}" * bool(failed))
    )
    sys.exit(bool(failed))


def passes(name: str, moment: str) -> bool:
    """Run the tests under one clock, and print its line; what a failed run said follows."""
    began = time.monotonic()
    environment = os.environ | {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME": f"@{moment}",
        # Waiting and measuring go on by the real clock.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": ZONE,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--numprocesses",
        "2",
        "-m",
        "not browser",
        "-k",
        "not postgresql",
        *TESTS,
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    result = "failed" if done.returncode else "passed"
    print(f"{name:34}{moment}  {result}  {time.monotonic() - began:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return not done.returncode


if __name__ == "__main__":
    main()
