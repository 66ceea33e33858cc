from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.kill import Outcome, measure
from core.settings import PROJECT_ROOT

KILLS = 2


@pytest.mark.parametrize(
    ("kind", "victim"), [("sqlite", "server"), ("postgresql", "server"), ("postgresql", "postgresql")]
)
def test_nothing_is_lost_or_doubled(kind: str, victim: str) -> None:
    outcome = measure(kind, victim, KILLS)
    assert outcome.sound, list(outcome.lines())
    assert outcome.kills == KILLS
    # Somebody was in the middle of something, else nothing was tried.
    assert outcome.messages > outcome.underway > 0
    # A bank hears of a dead server. Of a dead database it need not: the recorder may have asked again by itself.
    assert outcome.attempts > outcome.messages or victim == "postgresql"


@pytest.mark.parametrize(
    "change", [{"lost": 1}, {"doubled": 1}, {"findings": ["broken"]}, {"recorded": 9}, {"payments": 9}, {"answered": 9}]
)
def test_what_is_wrong_counts(change: dict[str, object]) -> None:
    fine = {"kills": 1, "sent": 10, "messages": 5, "attempts": 7, "answered": 10, "recorded": 10, "payments": 10}
    assert Outcome(**fine).sound
    assert not Outcome(**fine | change).sound


def test_postgresql_cannot_be_killed_where_there_is_none() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "benchmarks.kill", "--victim", "postgresql"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "no victim where the database is SQLite" in refused.stderr
