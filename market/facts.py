"""What an operator is told about places."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.floor import Fact
from core.web.i18n import integer
from market.areas.models import Area
from market.markets.models import Market


def of_places(session: Session) -> Iterable[Fact]:
    """How many areas and markets there are."""
    for term, rows in ((_("Areas"), Area), (_("Markets"), Market)):
        yield Fact(term, integer(session.scalar(select(func.count()).select_from(rows)) or 0))
