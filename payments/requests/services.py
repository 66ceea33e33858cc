"""The only writers of payment requests, the recorder aside, which adds up what comes for them.

Both lock the stall's chain head first, so a request ends before a payment or after it, never meanwhile.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

import vietqr
from core import clock
from core.audit.services import record
from core.database import unit_of_work
from core.permissions.principal import Principal
from core.permissions.roles import Permission
from core.web.errors import KeyReused
from payments.recording.booking import lock_chains
from payments.recording.models import PaymentRequest, RequestState
from payments.requests import queries
from payments.requests.errors import RequestEnded, StallCannotAsk
from vendors.codes.models import ReferenceKind
from vendors.codes.queries import live_code
from vendors.codes.services import give_reference
from vendors.stalls.models import StallStatus
from vendors.stalls.queries import place_of_stall, stall_by_code, stall_by_id

EXPIRES_IN_S = 900
EXPIRES_IN_MIN_S = 60
EXPIRES_IN_MAX_S = 7 * 24 * 3600


@unit_of_work
def ask(
    session: Session,
    actor: Principal,
    stall_code: str,
    amount_vnd: int,
    *,
    note: str = "",
    expires_in_s: int = EXPIRES_IN_S,
    key: str,
) -> PaymentRequest:
    """Make a code that carries an amount, `expires_in_s` seconds long.

    The same `key` of the same person makes one, however often it comes. Raises `NotFound`, `Forbidden`,
    `StallCannotAsk`, and `KeyReused` when the key stands for another request.
    """
    public_id = f"pr_{hashlib.sha256(f'{actor.user_id}:{key}'.encode()).hexdigest()[:28]}"
    stall = stall_by_code(session, stall_code)
    actor.require(Permission.PAYMENT_REQUEST, place_of_stall(stall))
    lock_chains(session, {stall.id: stall.market_id})
    earlier = session.scalar(select(PaymentRequest).where(PaymentRequest.public_id == public_id))
    if earlier is not None:
        if (earlier.stall_id, earlier.amount_vnd, earlier.note) != (stall.id, amount_vnd, note):
            raise KeyReused({"Idempotency-Key": [_("Use a new key for a new request.")]})
        return earlier
    code = live_code(session, stall.id)
    if stall.status != StallStatus.ACTIVE or code is None:
        raise StallCannotAsk
    moment = clock.now()
    reference = give_reference(session, stall, ReferenceKind.REQUEST)
    made = PaymentRequest(
        public_id=public_id,
        reference=reference,
        stall_id=stall.id,
        market_id=stall.market_id,
        amount_vnd=amount_vnd,
        note=note,
        payload=vietqr.encode(
            bank_bin=code.bank_bin, account_number=code.account_number, amount_vnd=amount_vnd, purpose=reference
        ),
        created_at=moment,
        created_by_id=actor.user_id,
        expires_at=moment + timedelta(seconds=expires_in_s),
    )
    session.add(made)
    session.flush()
    return made


@unit_of_work
def cancel(session: Session, actor: Principal, public_id: str) -> PaymentRequest:
    """End a request that nothing has come for; money that still comes is kept, and is late.

    Cancelling again changes nothing. Raises `NotFound`, `Forbidden`, `RequestEnded`.
    """
    found = queries.find(session, public_id)
    stall = stall_by_id(session, found.stall_id)
    actor.require(Permission.PAYMENT_REQUEST, place_of_stall(stall))
    lock_chains(session, {stall.id: stall.market_id})
    session.refresh(found)
    moment = clock.now()
    state = found.state(moment)
    if state is RequestState.CANCELLED:
        return found
    if state is not RequestState.OPEN:
        raise RequestEnded(state=state.value)
    found.cancelled_at = moment
    session.flush()
    subject, after = ("payment_request", found.public_id), {"amount_vnd": found.amount_vnd, "stall": stall.code}
    record(session, actor, "payment_request.cancel", subject, market_id=stall.market_id, after=after)
    return found
