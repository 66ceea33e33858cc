"""How far a long command has come: bars on a terminal, and elsewhere lines, which end in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

#: Hears what is being done, how much of it there is, and then each step.
Progress = Callable[[str, int], Callable[[int], None]]

#: How many lines tell of one piece of work, its beginning aside.
LINES = 10


@contextmanager
def show_progress(console: Console) -> Iterator[Progress]:
    """Draw bars while the block runs, or print a line for each tenth of the work where there is no terminal."""
    if not console.is_terminal:
        yield lambda what, total: _print_lines(console, what, total)
        return
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:

        def begin(what: str, total: int) -> Callable[[int], None]:
            task = bars.add_task(what, total=total)
            return lambda count: bars.advance(task, count)

        yield begin


def _print_lines(console: Console, what: str, total: int) -> Callable[[int], None]:
    done = 0

    def step(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        if done * LINES // total > before * LINES // total:
            console.print(f"{what}: {done:,} of {total:,}", highlight=False)

    console.print(f"{what}: {total:,} to do", highlight=False)
    return step
