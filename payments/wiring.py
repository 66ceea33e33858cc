"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup
from flask_babel import lazy_gettext as _

import payments.cash.models  # noqa: F401 - its table
from core.audit.labels import name_actions
from core.permissions.roles import Permission
from core.settings import Settings
from core.system import facts as system_facts
from core.web import navigation
from core.web.api import Blueprint
from payments import facts
from payments.gateways import registry
from payments.live import api as live_api
from payments.live import hub, streams
from payments.notifications import middleware
from payments.reconciliation import api as reconciliation_api
from payments.reconciliation import cli as reconciliation_cli
from payments.reconciliation import pages as reconciliation_pages
from payments.reconciliation.labels import TRAIL
from payments.recording import api as recording_api
from payments.recording import recorder
from payments.refunds import api as refunds_api
from payments.refunds import cli as refunds_cli
from payments.requests import api as requests_api
from payments.requests.queries import find_one_time
from payments.screen import pages
from payments.unmatched import api as unmatched_api
from payments.unmatched import labels
from payments.unmatched import pages as unmatched_pages
from payments.verification import cli as verification_cli
from vendors.checks.checking import register_one_time_finder


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:
    """Set up this floor; gives the API's groups."""
    registry.init_app(app, settings)
    recorder.init_app(app)
    hub.init_app(app)
    streams.init_app(app, settings.stream_limit)
    middleware.init_app(app)
    app.register_blueprint(pages.bp)
    app.register_blueprint(unmatched_pages.bp)
    name_actions(app, labels.ACTIONS)
    navigation.add(app, _("Money without a stall"), "unmatched.index", Permission.UNMATCHED_ASSIGN)
    navigation.add(app, _("My stall"), "vendor_screen.live", Permission.PAYMENT_READ)
    app.register_blueprint(reconciliation_pages.bp)
    navigation.add(app, _("Reconciliation"), "reconciliation.index", Permission.RECONCILE)
    name_actions(app, TRAIL)
    system_facts.add(app, _("Gateways"), facts.of_gateways)
    system_facts.add(app, _("Money"), facts.of_money)
    register_one_time_finder(app, find_one_time)
    commands = AppGroup("payments", help="What was recorded.")
    for command in (verification_cli.verify_command, refunds_cli.poll_refunds_command, *reconciliation_cli.COMMANDS):
        commands.add_command(command)
    app.cli.add_command(commands)
    return [recording_api.bp, live_api.bp, unmatched_api.bp, requests_api.bp, refunds_api.bp, reconciliation_api.bp]
