"""A figure says whether it reached what it must, and a ratio is of rounds, not of sums."""

from __future__ import annotations

import pytest

from benchmarks.rig.figures import Figure, ratio, table

WORDS = ("credits/s", "transactions/s")


@pytest.mark.parametrize(
    ("value", "less_is_better", "reached"),
    [(99, True, True), (101, True, False), (99, False, False), (100, False, True)],
)
def test_what_must_be_reached_is_a_floor_or_a_ceiling(value: float, less_is_better: bool, reached: bool) -> None:
    figure = Figure("p99", "", "", value, "ms", 100, less_is_better)
    assert figure.reached is reached
    assert ("| reached |" in table([figure])) is reached


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The machine halves in the second round; each round's ratio stays what it is.
    found = ratio("single", [1000, 500, 1200], [1000, 500, 600], 1.0, WORDS)
    assert found.value == 1.0
    assert found.reached


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio("single", [1, 2], [1], 1.0, WORDS)
