"""The page of faults: what each does, what is on, what happened lately; it switches them, without JavaScript too."""

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import BadRequest

from simbank.app import simbank
from simbank.pages import Page
from simbank.web import locale

from .labels import FAULTS, GROUPS
from .models import Fault
from .plan import Durations, Orders, Setting, State

blueprint = Blueprint("faults", __name__)

PERCENT = 100
_DECIMALS = 4


@blueprint.get("/faults")
def show() -> Page:
    """Show every fault, its switch, and the last ones done."""
    return _page(simbank().faults.state())


@blueprint.post("/faults")
def switch() -> Page:
    """Take over the percentages, and the button that was pressed: save, the next one, or all off."""
    plan = simbank().faults
    state = plan.state()
    pressed = request.form.get("press", "")
    if pressed == "off":
        plan.set(Orders(durations=_durations(state)))
        return redirect(url_for("faults.show", said="off"), 303)
    if pressed != "save" and pressed not in set(Fault):
        raise BadRequest
    typed = {fault: request.form.get(f"percent-{fault}", "") for fault in Fault}
    read = {fault: _percent(text) for fault, text in typed.items()}
    wrong = {fault for fault, percent in read.items() if percent is None}
    if wrong:
        return _page(state, typed, wrong), 422
    settings = {
        fault: Setting(
            probability=round((percent or 0.0) / PERCENT, _DECIMALS),
            next_one=fault == pressed or state.switches[fault].next_one,
        )
        for fault, percent in read.items()
    }
    plan.set(Orders(durations=_durations(state), settings=settings))
    return redirect(url_for("faults.show", said=pressed), 303)


def _page(
    state: State, typed: Mapping[Fault, str] | None = None, wrong: set[Fault] | frozenset[Fault] = frozenset()
) -> str:
    on = [fault for fault, switch in state.switches.items() if switch.probability > 0 or switch.next_one]
    return render_template(
        "faults.html",
        groups=GROUPS,
        words=FAULTS,
        state=state,
        on=on,
        down_until=_down_until(state),
        typed=typed or {fault: _percent_text(switch.probability) for fault, switch in state.switches.items()},
        wrong=wrong,
        notice=_notice(request.args.get("said", "")) if typed is None else None,
    )


def _notice(said: str) -> str | None:
    if said == "save":
        return str(gettext("Saved."))
    if said == "off":
        return str(gettext("All faults are off, and the bank is up."))
    if said in set(Fault):
        return str(gettext("The next event meets it: %(fault)s.", fault=FAULTS[Fault(said)][0]))
    return None


def _down_until(state: State) -> Any:
    until = state.plan.down_until
    return until if until is not None and until > simbank().clock.now() else None


def _durations(state: State) -> Durations:
    return Durations(**{name: getattr(state.plan, name) for name in Durations.__dataclass_fields__})


def _percent_text(probability: float) -> str:
    text = f"{PERCENT * probability:g}"
    return text.replace(".", ",") if locale() == "vi" else text


def _percent(text: str) -> float | None:
    """Return 0 to 100 from `2.5` or `2,5`, 0 from nothing; None when it is no percentage."""
    try:
        percent = float(text.strip().replace(",", ".") or 0)
    except ValueError:
        return None
    return percent if math.isfinite(percent) and 0 <= percent <= PERCENT else None
