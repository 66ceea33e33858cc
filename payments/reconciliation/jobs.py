"""What the worker calls: holding each gateway's statement of yesterday against what is recorded, every morning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, Final

from flask_babel import lazy_gettext as _

from core.container import CoreContainer
from core.floor import JobKind, TimetableEntry
from core.permissions.principal import SYSTEM
from payments.container import PaymentsContainer
from payments.reconciliation import services

MORNING: Final = "payments.reconcile_all"
RECONCILE: Final = "payments.reconcile"


def _order_each(payload: Mapping[str, Any]) -> None:
    """A job for each gateway, so that one that cannot be asked now is asked again without the others."""
    settings = CoreContainer.current().settings
    # The demo's bank never heard of the payments that were made up: each would be missing there.
    if not settings.demo:
        services.order_reconciliations(RECONCILE, settings.gateways, payload["day"])


def _reconcile(payload: Mapping[str, Any]) -> None:
    """The day before the payload's. Raises `BankUnavailable`, and then nothing of the day was kept."""
    name = payload["gateway"]
    bank = PaymentsContainer.current().gateways.get(name)
    # The day first: a statement that cannot be gone on with must not keep later days from being asked for.
    if bank is not None and bank.supports_statements:
        services.reconcile_day(SYSTEM, bank, date.fromisoformat(payload["day"]) - timedelta(days=1))
    for statement_id in services.unprocessed(name):
        services.process_statement(statement_id)


KINDS: Final = {
    MORNING: JobKind(_order_each, _("reconcile with every gateway")),
    RECONCILE: JobKind(_reconcile, _("reconcile with a gateway")),
}
#: Banks have closed the day before by then, and markets open soon.
TIMETABLE: Final = (TimetableEntry(MORNING, (time(5, 0),), each_day=True),)
