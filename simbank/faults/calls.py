"""Faults around the partner's API: down, an error first, and an answer that comes too late."""

from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING

from flask import Response, request

from simbank.app import simbank
from simbank.errors import BankDownError, PlannedError

from .models import Fault
from .plan import FaultPlan, Wait

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT_BACK = "simbank.answer_kept_back_s"


def before() -> None:
    """Refuse the call while the bank is down, or as the plan says. Raises BankDownError, PlannedError."""
    plan = simbank().faults
    _check_up(plan)
    with plan.armed(Fault.BANK_DOWN, Fault.ERROR_500) as armed:
        if armed is None:
            return
        note = f"{request.method} {request.path}"
        struck = None
        for fault in (Fault.BANK_DOWN, Fault.ERROR_500):
            if strike := armed.strike(fault):
                strike.event.note, struck = note[:200], fault
                break
        if struck == Fault.BANK_DOWN:
            armed.go_down()
    _check_up(plan)
    if struck == Fault.ERROR_500:
        raise PlannedError


def after(answer: Response) -> Response:
    """Keep back the answer to a call that has written, as the plan says."""
    written = request.method == "POST" and answer.status_code in (200, 201)
    if not written:
        return answer
    with simbank().faults.armed(Fault.TIME_OUT) as armed:
        if armed is not None and (strike := armed.strike(Fault.TIME_OUT)):
            strike.event.note = f"{request.method} {request.path}"[:200]
            request.environ[_KEPT_BACK] = armed.plan.time_out_s
    return answer


def _check_up(plan: FaultPlan) -> None:
    left_s = plan.down_for_s()
    if left_s > 0:
        raise BankDownError(ceil(left_s))


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
