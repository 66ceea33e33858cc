"""One simulation: a seed, so many steps, an end in which the bank is healthy and everything arrives."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from pathlib import Path

from sqlalchemy import exists, func, or_, select

from payments.refunds.services import poll_refunds
from simbank import models as bank
from tests.simulation.invariants import check_end, check_step
from tests.simulation.model import Wrong
from tests.simulation.steps import Steps
from tests.simulation.world import START, World

#: Lines of the trace that a failure shows; the seed gives all of them again.
TRACE_SHOWN = 40
ROUNDS_TO_THE_END = 1_000
#: After this long refunds may be asked for again.
LATER = timedelta(minutes=1)


class Failed(AssertionError):
    """An invariant does not hold, or something broke: with the seed, the step and the steps that led there."""

    def __init__(self, seed: int, steps: int, trace: list[str], error: Exception) -> None:
        self.seed = seed
        #: Which step it was; one more than there are when it was the end.
        self.step = len(trace) - 1
        shown = "\n".join(trace[-TRACE_SHOWN:])
        again = f"python -m tests.simulation --seed {seed} --steps {steps}"
        super().__init__(f"seed {seed}, in step {self.step}: {error!r}\n{shown}\nAgain: {again}")


def simulate(
    database_url: str,
    folder: Path,
    seed: int,
    steps: int,
    *,
    verify_every: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> Counter[str]:
    """Run one simulation on an empty database; gives how often what happened. Raises `Failed`.

    `verify_every` is after how many steps `payments verify` looks too, while the database is small.
    """
    trace: list[str] = []
    world = World(database_url, folder, seed)
    try:
        taken = Steps(world, random.Random(f"steps of {seed}"))
        trace.append(f"0 switch_faults: {taken.switch_faults()}")
        for number in range(1, steps + 1):
            moment, name = f"{number} {world.now():%d %H:%M:%S}", taken.draw()
            trace.append(f"{moment} {name}")
            trace[-1] = f"{moment} {taken.take(name)}"
            check_step(world, number, verify_every)
            progress()
        trace.append("the end")
        _end(world, taken)
        check_end(world)
    except Exception as error:
        raise Failed(seed, steps, trace, error) from error
    finally:
        world.close()
    taken.counts["credits"] = len(world.model.credits)
    taken.counts["payments"] = len(world.model.every_payment)
    taken.counts["days of the clock"] = (world.now() - START).days
    taken.counts["processes"] = world.restarts + 1
    return taken.counts


def _end(world: World, taken: Steps) -> None:
    """The bank is healthy, nobody ends any more, and the clock runs until everything was delivered."""
    taken.counts.update(_faults_done(world))
    world.bank.set_faults()
    world.bank.to_bank.cut = world.bank.to_bank.deaf = False
    for _ in range(ROUNDS_TO_THE_END):
        world.advance(max(_until_something_is_due(world), timedelta(seconds=1)))
        world.at_recorder.forget()
        world.street.take()
        world.bank.deliver()
        taken._take_in(world.street.take(), world.at_recorder.fates)
        if not _has_more_to_say(world):
            break
    else:
        raise Wrong("the bank could not deliver everything")
    # What the bank lost on the way stands on its statement.
    taken.counts["lines of the last statement"] = taken.reconcile(START - timedelta(days=1))
    world.advance(LATER)
    poll_refunds()
    taken.hear_of_refunds()


def _has_more_to_say(world: World) -> bool:
    waiting = (
        exists().where(_DUE),
        exists().where(bank.Credit.message_id.is_(None)),
        exists().where(bank.Reversal.message_id.is_(None)),
        exists().where(bank.Credit.reverse_at.is_not(None)),
    )
    with world.bank_session() as books:
        return bool(books.scalar(select(or_(*waiting))))


_DUE = (bank.Message.state == bank.MessageState.PENDING) & bank.Message.stopped.is_(None)


def _until_something_is_due(world: World) -> timedelta:
    with world.bank_session() as books:
        moments = (
            books.scalar(select(func.min(bank.Message.due_at)).where(_DUE)),
            books.scalar(select(func.min(bank.Credit.reverse_at))),
        )
    # The clock moves by whole seconds.
    waits = [one - world.now() for one in moments if one is not None]
    return timedelta(seconds=ceil(min(waits).total_seconds())) if waits else timedelta()


def _faults_done(world: World) -> dict[str, int]:
    state = world.parts.faults.state()
    return {f"fault {fault.value}": switch.done for fault, switch in state.switches.items() if switch.done}
