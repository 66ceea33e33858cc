"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

import payments.cash.models  # noqa: F401 - its table
from core.commands import Commands
from core.floor import FactGroup, Floor, NavigationEntry
from core.permissions.roles import Permission
from core.web.api import Blueprint
from payments import facts
from payments.live import api as live_api
from payments.notifications import middleware
from payments.reconciliation import api as reconciliation_api
from payments.reconciliation import cli as reconciliation_cli
from payments.reconciliation import jobs as reconciliation_jobs
from payments.reconciliation import pages as reconciliation_pages
from payments.reconciliation.labels import TRAIL
from payments.recording import api as recording_api
from payments.refunds import api as refunds_api
from payments.refunds import cli as refunds_cli
from payments.refunds import jobs as refunds_jobs
from payments.requests import api as requests_api
from payments.screen import pages
from payments.unmatched import api as unmatched_api
from payments.unmatched import labels
from payments.unmatched import pages as unmatched_pages
from payments.verification import cli as verification_cli
from payments.verification import jobs as verification_jobs

FLOOR = Floor(
    actions={**labels.ACTIONS, **TRAIL},
    navigation=(
        NavigationEntry(_("Money without a stall"), "unmatched.index", Permission.UNMATCHED_ASSIGN),
        NavigationEntry(_("My stall"), "vendor_screen.live", Permission.PAYMENT_READ),
        NavigationEntry(_("Reconciliation"), "reconciliation.index", Permission.RECONCILE),
    ),
    facts=(FactGroup(_("Gateways"), facts.of_gateways), FactGroup(_("Money"), facts.of_money)),
    jobs={**refunds_jobs.KINDS, **reconciliation_jobs.KINDS, **verification_jobs.KINDS},
    timetable=(*reconciliation_jobs.TIMETABLE, *verification_jobs.TIMETABLE),
)

COMMANDS = Commands("payments", help="What was recorded.")
for _command in (verification_cli.verify_command, refunds_cli.poll_refunds_command, *reconciliation_cli.COMMANDS):
    COMMANDS.add_command(_command)


def init_app(app: Flask) -> list[Blueprint]:
    """Set up this floor; gives the API's groups."""
    middleware.init_app(app)
    for blueprint in (pages.bp, unmatched_pages.bp, reconciliation_pages.bp):
        app.register_blueprint(blueprint)
    app.cli.add_command(COMMANDS)
    return [recording_api.bp, live_api.bp, unmatched_api.bp, requests_api.bp, refunds_api.bp, reconciliation_api.bp]
