"""The plan: which event meets which fault.

Each fault draws for itself: the n-th event that it is asked about meets it or not by a generator made
from the seed, its name and n. So one seed, one plan and one order of events give the same faults, and
switching one fault leaves the others' draws alone.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from simbank.clock import Clock
from simbank.database import Database, settling_a_race

from .models import NOTE_MAX, Fault, FaultEvent, PlanRow, Switch

DEFAULT_SEED = "0"
EVENTS_SHOWN = 50

RESTING = frozenset({Fault.ANSWER_IGNORED, Fault.CLOCK_SKEW, Fault.TIME_OUT, Fault.ERROR_500, Fault.BANK_DOWN})
"""These never strike twice in a row: at any probability, what was struck succeeds when it comes again."""

_ON = or_(Switch.probability > 0, Switch.next_one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long faults last, in seconds."""

    time_out_s: float = 12.0
    """How long the answer to a call that was done is kept back: longer than its client waits."""
    down_s: float = 60.0
    late_s: float = 6 * 3_600.0
    """At most; at least half of it."""
    reversed_after_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How one fault is switched."""

    probability: float = 0.0
    next_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """A whole plan; a fault that is not named is off. With a seed, every fault draws from the start again."""

    seed: str | None = None
    durations: Durations = field(default_factory=Durations)
    settings: Mapping[Fault, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """The plan as it stands, and the last faults done, newest first."""

    plan: PlanRow
    switches: Mapping[Fault, Switch]
    events: Sequence[FaultEvent]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known before anything is locked."""

    down_for_s: float
    on: bool


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that strikes: a generator of its own for the details, and its line in the log."""

    rng: random.Random
    event: FaultEvent


@dataclass(frozen=True, slots=True)
class Armed:
    """The faults that are on, locked, within one transaction."""

    session: Session
    now: datetime
    plan: PlanRow
    switches: Mapping[str, Switch]

    def strike(self, fault: Fault, *, message_id: str | None = None, credit_id: str | None = None) -> Strike | None:
        """Ask whether this event meets a fault; if so it is counted and logged."""
        switch = self.switches.get(fault)
        if switch is None:
            return None
        if switch.rests:
            switch.rests = False
            return None
        rng = random.Random(f"{self.plan.seed}:{fault}:{switch.drawn}")  # noqa: S311 -- to be repeated, not secret
        switch.drawn += 1
        # Drawn in any case, so that "the next one" changes no later draw.
        if rng.random() >= switch.probability and not switch.next_one:
            return None
        switch.next_one = False
        switch.rests = fault in RESTING and switch.probability > 0
        switch.done += 1
        return Strike(rng, self.log(fault, message_id=message_id, credit_id=credit_id))

    def log(
        self, fault: Fault, *, message_id: str | None = None, credit_id: str | None = None, note: str = ""
    ) -> FaultEvent:
        """Write down what was done."""
        event = FaultEvent(fault=fault, at=self.now, message_id=message_id, credit_id=credit_id, note=note)
        self.session.add(event)
        self.session.flush()
        return event

    def go_down(self) -> datetime:
        """Shut the bank; return until when."""
        plan = self.session.get_one(PlanRow, 1, with_for_update=True)
        plan.down_until = self.now + timedelta(seconds=plan.down_s)
        return plan.down_until


@dataclass(slots=True, kw_only=True)
class FaultPlan:
    """Keeps the plan in the bank's database and draws by it."""

    database: Database
    clock: Clock

    def prepare(self) -> None:
        """Write down the empty plan where there is none."""
        settling_a_race(self._prepare)

    def _prepare(self) -> None:
        with self.database.write() as session:
            if session.get(PlanRow, 1) is None:
                session.add(PlanRow(id=1, seed=DEFAULT_SEED, **_columns(Durations())))

    def set(self, orders: Orders) -> None:
        """Replace the plan; a bank that is down is up again."""
        with self.database.write() as session:
            plan = session.get_one(PlanRow, 1, with_for_update=True)
            plan.down_until = None
            for name, value in _columns(orders.durations).items():
                setattr(plan, name, value)
            switches = {switch.name: switch for switch in session.scalars(select(Switch).order_by(Switch.name))}
            for fault in Fault:
                switch = switches.get(fault) or Switch(name=fault, drawn=0, done=0)
                setting = orders.settings.get(fault, Setting())
                switch.probability, switch.next_one, switch.rests = setting.probability, setting.next_one, False
                if orders.seed is not None:
                    switch.drawn = 0
                session.add(switch)
            if orders.seed is not None:
                plan.seed = orders.seed

    def state(self) -> State:
        """Return the plan, a switch for every fault, and the last faults done."""
        with self.database.read() as session:
            plan = session.get_one(PlanRow, 1)
            kept = {switch.name: switch for switch in session.scalars(select(Switch))}
            events = session.scalars(select(FaultEvent).order_by(FaultEvent.id.desc()).limit(EVENTS_SHOWN)).all()
        off = {fault: Switch(name=fault, probability=0.0, next_one=False, drawn=0, done=0) for fault in Fault}
        return State(plan, {fault: kept.get(fault, off[fault]) for fault in Fault}, events)

    def is_down(self, session: Session) -> bool:
        """Say whether the bank is down at this moment."""
        until = session.get_one(PlanRow, 1).down_until
        return until is not None and until > self.clock.now()

    def look(self, *faults: Fault) -> Look:
        """Return, by one reading, how long the bank will still be down, and whether one of these faults is on."""
        on = select(Switch.name).where(_ON, Switch.name.in_(faults)).exists()
        with self.database.read() as session:
            until, any_on = session.execute(select(PlanRow.down_until, on).where(PlanRow.id == 1)).one()
        return Look(max(0.0, (until - self.clock.now()).total_seconds()) if until else 0.0, bool(any_on))

    def arm(self, session: Session) -> Armed:
        """Return the faults that are on, locked until this transaction ends."""
        switches = session.scalars(
            select(Switch).where(_ON).order_by(Switch.name).with_for_update().execution_options(populate_existing=True)
        )
        return Armed(
            session,
            self.clock.now(),
            session.get_one(PlanRow, 1),
            {switch.name: switch for switch in switches},
        )

    @contextmanager
    def armed(self, *faults: Fault) -> Iterator[Armed | None]:
        """Arm in a transaction of its own; None, without writing anything, when none of these faults is on."""
        if not self.look(*faults).on:
            yield None
            return
        with self.database.write() as session:
            yield self.arm(session)

    def note(self, event_id: int, note: str) -> None:
        """Add to a log line how it went."""
        with self.database.write() as session:
            event = session.get_one(FaultEvent, event_id)
            event.note = f"{event.note} {note}".strip()[:NOTE_MAX]


def _columns(durations: Durations) -> dict[str, float]:
    return {name: getattr(durations, name) for name in Durations.__dataclass_fields__}
