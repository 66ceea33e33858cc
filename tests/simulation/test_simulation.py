from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.databases import Lender, on_postgresql, on_sqlite
from tests.simulation.run import Failed, simulate
from tests.simulation.steps import Steps
from tests.support.postgres import Server

CHUNKS, SEEDS_IN_ONE, STEPS = 40, 6, 12
#: Looking once takes as long as two steps do.
VERIFY_EVERY = 5


@pytest.fixture
def sqlite(sqlite_template: Path) -> Lender:
    return on_sqlite(sqlite_template)


def seeds(chunk: int) -> range:
    return range(1 + chunk * SEEDS_IN_ONE, 1 + (chunk + 1) * SEEDS_IN_ONE)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_invariant_holds_after_every_step(sqlite: Lender, chunk: int) -> None:
    for seed in seeds(chunk):
        with sqlite() as (url, folder):
            simulate(url, folder, seed, STEPS, verify_every=VERIFY_EVERY)


@pytest.mark.parametrize("seed", range(20))
def test_every_invariant_holds_on_postgresql_too(postgres: Server, postgres_template: str, seed: int) -> None:
    with on_postgresql(postgres, postgres_template)() as (url, folder):
        simulate(url, folder, 1_000 + seed, STEPS, verify_every=VERIFY_EVERY)


def test_a_seed_replays_exactly(sqlite: Lender) -> None:
    counts = []
    for _ in range(2):
        with sqlite() as (url, folder):
            counts.append(simulate(url, folder, 7, 40, verify_every=40))
    assert counts[0] == counts[1]


def test_a_failure_tells_seed_step_and_trace_and_fails_again(sqlite: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_steps: Steps) -> str:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(Steps, "time_passes", broken)
    told = []
    for _ in range(2):
        with sqlite() as (url, folder), pytest.raises(Failed) as failed:
            simulate(url, folder, 3, 60, verify_every=60)
        told.append(str(failed.value))
    assert told[0] == told[1]
    assert told[0].startswith("seed 3, in step ")
    assert "broken on purpose" in told[0]
    assert "Again: python -m tests.simulation --seed 3 --steps 60" in told[0]
