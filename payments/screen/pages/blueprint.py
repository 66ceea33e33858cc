"""What the vendor's pages share: the blueprint, the stall in hand, its code as a symbol, and keys of forms."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Blueprint

from core.database import read_session
from core.paper.symbol import QUIET_ZONE_MODULES, Symbol, encode
from core.permissions.roles import Permission
from core.web.guards import current_principal
from payments.live.container import HEARTBEAT_S
from vendors.codes.banks import SIMULATED_BIN, bank_name
from vendors.codes.models import PaymentCode
from vendors.codes.queries import live_code
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import place_of_stall, stall_by_code

#: A screen that hears nothing for so long takes its connection for dead: two heartbeats and a slow network.
SILENCE_S = 2 * HEARTBEAT_S + 5
SILENCE_MS = int(SILENCE_S * 1000)
#: Codes of these stalls bring money.
WITH_CODE = frozenset({StallStatus.ACTIVE, StallStatus.SUSPENDED})

bp = Blueprint("vendor_screen", __name__, url_prefix="/vendor")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A code as a screen shows it: its symbol, and whom and where it pays. `sample`: nobody can pay it for real."""

    symbol: Symbol
    holder: str
    bank: str
    account_number: str
    sample: bool
    quiet: int = QUIET_ZONE_MODULES


def own_stall(code: str, permission: Permission = Permission.PAYMENT_READ) -> Stall:
    """The stall, when whoever asks may do this there. Raises `NotFound`, `Forbidden`."""
    stall = stall_by_code(read_session(), code)
    current_principal().require(permission, place_of_stall(stall))
    return stall


def code_in_force(stall: Stall) -> PaymentCode | None:
    """The stall's live code, as long as the stall may be paid by it."""
    return live_code(read_session(), stall.id) if stall.status in WITH_CODE else None


def sheet_of(code: PaymentCode, payload: str) -> Sheet:
    """A payload that pays the code's account, to be shown: the code's own, or one with an amount."""
    return Sheet(
        symbol=encode(payload),
        holder=code.settlement_account.holder_name,
        bank=bank_name(code.bank_bin),
        account_number=code.account_number,
        sample=code.bank_bin == SIMULATED_BIN,
    )


def new_key() -> str:
    """What a form carries so that sending it twice does its work once."""
    return uuid.uuid4().hex
