"""The commands that the documents name are there."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.recording import MEASURES
from core.settings import PROJECT_ROOT

DOCUMENT = (PROJECT_ROOT / "docs" / "benchmarks.md").read_text()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )


def test_all_are_listed_and_none_is_run() -> None:
    listed = run("benchmarks", "--list")
    assert [line.partition(":")[0] for line in listed.stdout.splitlines()] == list(BENCHMARKS)


def test_an_unknown_one_is_refused() -> None:
    refused = run("benchmarks", "nonsense")
    assert refused.returncode == 2
    assert "no benchmark named nonsense" in refused.stderr


@pytest.mark.parametrize("name", [*BENCHMARKS, "parts"])
def test_each_is_described_and_helps(name: str) -> None:
    assert f"| `python -m benchmarks.{name}` |" in DOCUMENT
    helped = run(f"benchmarks.{name}", "--help")
    assert helped.returncode == 0, helped.stderr


def test_every_measure_is_described() -> None:
    section = DOCUMENT.partition("### What makes")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == MEASURES
