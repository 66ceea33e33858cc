"""Several processes record for the same stalls, and repeat each other all the time."""

from __future__ import annotations

import json
import subprocess
import sys

from flask import Flask
from sqlalchemy import func, select

from core.database import database
from core.settings import PROJECT_ROOT
from payments.recording.models import Credit, Payment
from payments.verification.services import verify
from tests.support.money import coded_stalls
from tests.support.recording import GROUP, IDS

PROCESSES = 4
GROUPS = 40


def test_each_credit_is_recorded_once_and_nobody_fails(app: Flask, database_url: str) -> None:
    stalls = [[stall.id, stall.virtual_account, stall.account_number] for stall in coded_stalls(5, begun=False)]
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.support.recording",
                json.dumps({"url": database_url, "stalls": stalls, "seed": seed, "groups": GROUPS}),
            ],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    told = []
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        told.append(json.loads(out.splitlines()[-1]))
    with database().reading() as session:
        credits_ = session.scalar(select(func.count()).select_from(Credit)) or 0
        payments = session.scalar(select(func.count()).select_from(Payment)) or 0
    assert sum(one["recorded"] for one in told) == credits_ == payments <= IDS
    assert sum(one["duplicates"] for one in told) == PROCESSES * GROUPS * GROUP - credits_
    report = verify(database())
    assert report.findings == []
