"""What an operator is told about money: the gateways, and what was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.container import CoreContainer
from core.floor import GOOD, LOOK, PLAIN, TROUBLE, Fact
from core.money import format_vnd
from core.web.i18n import integer, moment
from payments.reconciliation.queries import backlog
from payments.recording.models import (
    Credit,
    CreditConflict,
    Reversal,
    ReversalConflict,
    StallChainHead,
    UnreadableMessage,
)
from payments.recording.queries import last_heard
from payments.refunds.models import Refund
from payments.unmatched.queries import count_unmatched
from payments.verification.queries import last_verification

#: A gateway that said nothing for so long is worth a look; markets trade every day.
SILENCE = timedelta(days=1)
#: Everything is checked every night; an older check is worth a look.
CHECKED_WITHIN = timedelta(days=2)


def of_gateways(session: Session) -> Iterable[Fact]:
    """Each gateway that is set up, with when it was last heard from."""
    settings = CoreContainer.current().settings
    for name in settings.gateways:
        heard = last_heard(session, name)
        quiet = heard is None or clock.now() - heard > SILENCE
        value = _("last heard from %(moment)s", moment=moment(heard)) if heard else _("never heard from")
        yield Fact(name, value, LOOK if quiet else PLAIN)


def of_money(session: Session) -> Iterable[Fact]:
    """How much was recorded, and what waits for a person."""
    # Receipt numbers have no gap, so the last of each stall count its payments without reading them.
    payments = session.scalar(select(func.coalesce(func.sum(StallChainHead.last_receipt_number), 0))) or 0
    waiting, _amount_vnd = count_unmatched(session)
    yield Fact(_("Payments"), integer(int(payments)))
    yield Fact(_("Credits without a stall"), integer(waiting), LOOK if waiting else PLAIN)
    differing = backlog(session).count
    yield Fact(_("Open discrepancies"), integer(differing), LOOK if differing else PLAIN)
    refunds = session.scalar(select(func.count()).where(Refund.settled_at.is_(None))) or 0
    yield Fact(_("Refunds without the bank's word"), integer(refunds), LOOK if refunds else PLAIN)
    unbooked = session.scalar(select(func.count()).where(Reversal.correction_id.is_(None))) or 0
    yield Fact(_("Reversals that fit no payment"), integer(unbooked), TROUBLE if unbooked else PLAIN)
    yield _contradictions(session)
    conflicts = session.scalar(select(func.count()).select_from(ReversalConflict)) or 0
    yield Fact(_("Reversals repeated in other words"), integer(conflicts), TROUBLE if conflicts else PLAIN)
    yield _unreadable(session)
    yield _checked(session)


def _contradictions(session: Session) -> Fact:
    """Repeats that say another amount, or anything else, than what is recorded."""
    term = _("Repeats that contradict what is recorded")
    count = session.scalar(select(func.count()).select_from(CreditConflict)) or 0
    if not count:
        return Fact(term, integer(0))
    newest, credit = session.execute(
        select(CreditConflict, Credit)
        .join(Credit, Credit.id == CreditConflict.credit_id)
        .order_by(CreditConflict.seen_at.desc(), CreditConflict.credit_id.desc())
        .limit(1)
    ).one()
    value = _(
        "%(count)s; newest %(moment)s: %(gateway)s %(id)s, recorded with %(recorded)s, repeated with %(repeated)s",
        count=integer(count),
        moment=moment(newest.seen_at),
        gateway=credit.gateway,
        id=credit.external_id,
        recorded=format_vnd(credit.amount_vnd),
        repeated=format_vnd(newest.amount_vnd),
    )
    return Fact(term, value, TROUBLE)


def _checked(session: Session) -> Fact:
    """What the newest check of everything found."""
    term, newest = _("Last check of everything"), last_verification(session)
    if newest is None:
        return Fact(term, _("never"), LOOK)
    ended = moment(newest.ended_at)
    if newest.broken:
        value = _(
            "%(moment)s: %(count)s broken, first: %(finding)s",
            moment=ended,
            count=integer(newest.broken),
            finding=newest.findings[0],
        )
        return Fact(term, value, TROUBLE)
    late = newest.ended_at < clock.now() - CHECKED_WITHIN
    return Fact(term, _("%(moment)s: every invariant holds", moment=ended), LOOK if late else GOOD)


def _unreadable(session: Session) -> Fact:
    """Messages of a bank that were genuine and could not be read."""
    term = _("Messages that could not be read")
    count = session.scalar(select(func.count()).select_from(UnreadableMessage)) or 0
    if not count:
        return Fact(term, integer(0))
    newest = session.scalars(select(UnreadableMessage).order_by(UnreadableMessage.id.desc()).limit(1)).one()
    value = _(
        "%(count)s; newest %(moment)s, %(gateway)s: %(reason)s",
        count=integer(count),
        moment=moment(newest.received_at),
        gateway=newest.gateway,
        reason=newest.reason,
    )
    return Fact(term, value, TROUBLE)
