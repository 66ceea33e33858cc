"""What an operator is told about money: the gateways, and what was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market import clock
from market.settings import Settings
from market.system.facts import LOOK, PLAIN, Fact
from market.web.i18n import integer, moment
from payments.reconciliation.queries import backlog
from payments.recording.models import StallLedger
from payments.recording.queries import count_unmatched, last_heard

#: A gateway that said nothing for so long is worth a look; markets trade every day.
SILENCE = timedelta(days=1)


def of_gateways(session: Session) -> Iterable[Fact]:
    """Each gateway that is set up, with when it was last heard from."""
    settings: Settings = current_app.extensions["settings"]
    for name in settings.gateways:
        heard = last_heard(session, name)
        quiet = heard is None or clock.now() - heard > SILENCE
        value = _("last heard from %(moment)s", moment=moment(heard)) if heard else _("never heard from")
        yield Fact(name, value, LOOK if quiet else PLAIN)


def of_money(session: Session) -> Iterable[Fact]:
    """How much was recorded, and what waits for a person."""
    # Receipt numbers have no gap, so the last of each stall count its payments without reading them.
    payments = session.scalar(select(func.coalesce(func.sum(StallLedger.last_receipt_number), 0))) or 0
    waiting, _amount_vnd = count_unmatched(session)
    yield Fact(_("Payments"), integer(int(payments)))
    yield Fact(_("Credits without a stall"), integer(waiting), LOOK if waiting else PLAIN)
    differing = backlog(session).count
    yield Fact(_("Open differences"), integer(differing), LOOK if differing else PLAIN)
