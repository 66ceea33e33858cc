"""How far the loading of demo data has come, on a terminal and in a log."""

from __future__ import annotations

import io

from rich.console import Console

from demo.progress import show_progress


def told(*, terminal: bool, steps: list[int]) -> str:
    out = io.StringIO()
    with show_progress(Console(file=out, force_terminal=terminal, width=100)) as progress:
        step = progress("stalls", sum(steps))
        for count in steps:
            step(count)
    return out.getvalue()


def test_a_log_gets_a_line_for_each_tenth() -> None:
    lines = told(terminal=False, steps=[1] * 1_500).splitlines()
    assert lines == ["stalls: 1,500 to do", *(f"stalls: {n * 150:,} of 1,500" for n in range(1, 11))]


def test_large_steps_say_where_they_end() -> None:
    assert told(terminal=False, steps=[5_000, 5_000, 2_000]).splitlines() == [
        "stalls: 12,000 to do",
        "stalls: 5,000 of 12,000",
        "stalls: 10,000 of 12,000",
        "stalls: 12,000 of 12,000",
    ]


def test_nothing_to_do_is_said_once() -> None:
    assert told(terminal=False, steps=[]) == "stalls: 0 to do\n"


def test_a_terminal_gets_a_bar() -> None:
    shown = told(terminal=True, steps=[1] * 10)
    assert "10/10" in shown
    assert "━" in shown
