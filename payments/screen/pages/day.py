"""The vendor's day: its totals and its payments."""

from __future__ import annotations

from datetime import date, timedelta

from flask import render_template, request
from flask_babel import gettext as _

from core import clock
from core.database import read_session
from core.errors import InvalidInput, NotFound
from core.permissions.roles import Permission
from core.web.guards import requires
from payments.cash.queries import sales_of_day
from payments.recording.queries import payments_of_day
from payments.screen.pages.blueprint import bp, own_stall
from payments.screen.queries import totals_of
from vendors.codes.banks import payer_bank_name

#: No payment was recorded before there was a Chợ 4.0.
FIRST_DAY = date(2024, 1, 1)


@bp.get("/<code>/day")
@requires(Permission.PAYMENT_READ)
def my_day(code: str) -> str:
    """A market day: its totals and its payments, today's when no other is asked for."""
    stall, session, today = own_stall(code), read_session(), clock.today()
    day = _asked_day(today)
    return render_template(
        "payments/day.html",
        stall=stall,
        day=day,
        today=today,
        first_day=FIRST_DAY,
        before=day - timedelta(days=1) if day > FIRST_DAY else None,
        after=day + timedelta(days=1) if day < today else None,
        totals=totals_of(session, stall.id, day),
        payments=list(reversed(payments_of_day(session, stall.id, day))),
        sales=sales_of_day(session, stall.id, day),
        payer_bank_name=payer_bank_name,
    )


def _asked_day(today: date) -> date:
    given = request.args.get("day")
    if not given:
        return today
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise InvalidInput({"day": [_("Write the day as year-month-day.")]}) from None
    if not FIRST_DAY <= day <= today:
        raise NotFound(_("There are no payments of that day yet."))
    return day
