"""Faults around the partner's API: down, an error first, and an answer that comes too late."""

from collections.abc import Callable, Iterable
from math import ceil
from typing import TYPE_CHECKING

from flask import Response, g, request

from simbank.app import simbank
from simbank.errors import BankDownError, PlannedError

from .models import NOTE_MAX, Fault
from .plan import FaultPlan

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Wait = Callable[[float], None]
"""Lets so many seconds pass; a simulation raises instead, as the caller's own time-out would."""

_PLAYED = (Fault.BANK_DOWN, Fault.ERROR_500, Fault.TIME_OUT)
_KEPT_BACK = "simbank.answer_kept_back_s"


def before() -> None:
    """Refuse the call while the bank is down, or as the plan says. Raises BankDownError, PlannedError."""
    plan = simbank().faults
    look = plan.look(*_PLAYED)
    g.simbank_faults_on = look.on
    struck = _draw_refusal(plan) if look.on and not look.down_for_s else None
    down_for_s = plan.look().down_for_s if struck == Fault.BANK_DOWN else look.down_for_s
    if down_for_s > 0:
        raise BankDownError(ceil(down_for_s))
    if struck == Fault.ERROR_500:
        raise PlannedError


def after(answer: Response) -> Response:
    """Keep back the answer to a call that has written, as the plan says."""
    written = request.method == "POST" and answer.status_code in (200, 201)
    if not written or not g.simbank_faults_on:
        return answer
    with simbank().faults.armed(Fault.TIME_OUT) as armed:
        if armed is not None and (strike := armed.strike(Fault.TIME_OUT)):
            strike.event.note = _call()
            request.environ[_KEPT_BACK] = armed.plan.time_out_s
    return answer


def _draw_refusal(plan: FaultPlan) -> Fault | None:
    with plan.armed(Fault.BANK_DOWN, Fault.ERROR_500) as armed:
        if armed is None:
            return None
        if strike := armed.strike(Fault.BANK_DOWN):
            strike.event.note = _call()
            armed.go_down()
            return Fault.BANK_DOWN
        if strike := armed.strike(Fault.ERROR_500):
            strike.event.note = _call()
            return Fault.ERROR_500
    return None


def _call() -> str:
    return f"{request.method} {request.path}"[:NOTE_MAX]


class LateAnswers:
    """Passes answers on after the wait that they were given, outside of all that handles errors."""

    def __init__(self, app: "WSGIApplication", wait: Wait) -> None:
        self._app = app
        self._wait = wait

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve a request."""
        answer = self._app(environ, start_response)
        wait_s = environ.get(_KEPT_BACK)
        if wait_s is not None:
            try:
                self._wait(wait_s)
            except BaseException:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()
                raise
        return answer
