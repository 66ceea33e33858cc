"""What the worker calls: holding each gateway's statement of yesterday against what is recorded, every morning."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Any, Final

import structlog
from flask_babel import lazy_gettext as _

from core.container import CoreContainer
from core.floor import JobKind, TimetableEntry
from core.permissions.principal import SYSTEM
from payments.container import PaymentsContainer
from payments.reconciliation import services

MORNING: Final = "payments.reconcile_all"
RECONCILE: Final = "payments.reconcile"

log = structlog.get_logger()


def _order_each(payload: Mapping[str, Any]) -> None:
    """A job for each gateway, so that one that cannot be asked now is asked again without the others.

    A gateway that is no longer set up has one while a statement of it waits to be gone on with.
    """
    names = {*_asked(), *services.unprocessed_gateways()}
    services.order_reconciliations(RECONCILE, sorted(names), payload["day"])


def _reconcile(payload: Mapping[str, Any]) -> None:
    """The day before the payload's, and what was interrupted. Raises the first failure when everything was tried.

    When that is `BankUnavailable`, nothing of the day was kept.
    """
    name = payload["gateway"]
    steps: list[Callable[[], object]] = [
        partial(services.process_statement, statement_id) for statement_id in services.unprocessed(name)
    ]
    bank = PaymentsContainer.current().gateways.get(name)
    if bank is not None and bank.supports_statements and name in _asked():
        day = date.fromisoformat(payload["day"]) - timedelta(days=1)
        # The day first: it must not wait for a statement that is long.
        steps.insert(0, partial(services.reconcile_day, SYSTEM, bank, day))
    failures = [failure for step in steps if (failure := _failure_of(step)) is not None]
    if failures:
        raise failures[0]


def _asked() -> Collection[str]:
    """The gateways that are asked for their statements."""
    settings = CoreContainer.current().settings
    # The demo's bank never heard of the payments that were made up: each would be missing there.
    return () if settings.demo else settings.gateways


def _failure_of(step: Callable[[], object]) -> Exception | None:
    """What a step failed with, so that the next one is tried all the same."""
    try:
        step()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the end
        log.warning("reconciliation_step_failed", error=type(error).__name__)
        return error
    return None


KINDS: Final = {
    MORNING: JobKind(_order_each, _("reconcile with every gateway")),
    RECONCILE: JobKind(_reconcile, _("reconcile with a gateway")),
}
#: Banks have closed the day before by then, and markets open soon.
TIMETABLE: Final = (TimetableEntry(MORNING, (time(5, 0),), each_day=True),)
