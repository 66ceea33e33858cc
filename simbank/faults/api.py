"""The plan by the partner's API. It answers while the bank is down, so that the plan can be ended."""

from typing import Any

from flask import Blueprint, Response, jsonify

from simbank.api import Answer, authorize, json_body
from simbank.app import simbank
from simbank.clock import iso

from .models import FaultEvent
from .plan import Durations, State
from .schemas import PlanSchema

blueprint = Blueprint("faults_api", __name__, url_prefix="/api/v1/faults")
blueprint.before_request(authorize)


@blueprint.get("")
def plan() -> Answer:
    """Show the plan and the last faults done, newest first."""
    return _told(), 200


@blueprint.put("")
def replace_plan() -> Answer:
    """Replace the whole plan; a bank that is down is up again."""
    simbank().faults.set(json_body(PlanSchema()))
    return _told(), 200


def _told() -> Response:
    state = simbank().faults.state()
    return jsonify(
        seed=state.plan.seed,
        **{name: getattr(state.plan, name) for name in Durations.__dataclass_fields__},
        down_until=iso(state.plan.down_until) if state.plan.down_until else None,
        faults=_switches(state),
        events=[_event(event) for event in state.events],
    )


def _switches(state: State) -> dict[str, dict[str, Any]]:
    return {
        fault.value: {
            "probability": switch.probability,
            "next": switch.next_one,
            "drawn": switch.drawn,
            "done": switch.done,
        }
        for fault, switch in state.switches.items()
    }


def _event(event: FaultEvent) -> dict[str, Any]:
    return {
        "fault": event.fault,
        "at": iso(event.at),
        "message_id": event.message_id,
        "credit_id": event.credit_id,
        "note": event.note,
    }
