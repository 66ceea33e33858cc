"""Writers of what goes back: refunds that the partner orders, reversals by the bank. One call, one transaction.

Both move money from the credited account to the payer's, and both add to `Credit.returned_vnd`, which a
constraint keeps within the credit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import vietqr

from . import ledger, queries
from .clock import Clock
from .database import Database, settling_a_race
from .errors import CreditNotFoundError, KeyReusedError, ReturnRefusedError
from .limits import CONTENT_MAX
from .models import (
    Account,
    AccountStatus,
    Credit,
    Refund,
    ReturnRefusal,
    Reversal,
    Transfer,
    TransferKind,
    TransferState,
)
from .numbers import BANK_BIN, NumberSource
from .services import no_wake

_WORDS = {TransferKind.REFUND: "HOAN TIEN", TransferKind.REVERSAL: "THU HOI"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """An order to give `amount_vnd` đồng of a credit back; the same `request_id` does it once."""

    request_id: str
    credit_id: str
    amount_vnd: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Held:
    """A credit and its two accounts, all locked."""

    credit: Credit
    account: Account
    payer: Account

    @property
    def left_vnd(self) -> int:
        return self.credit.amount_vnd - self.credit.returned_vnd


@dataclass(slots=True, kw_only=True)
class Returns:
    """The counter for money that goes back to who paid it."""

    database: Database
    clock: Clock
    numbers: NumberSource
    on_reversal: Callable[[], None] = no_wake
    """Called after a reversal is durable."""

    def refund(self, request: RefundRequest) -> tuple[Refund, bool]:
        """Give money back or refuse, once for each request id; return the refund with whether it is new.

        A refusal is a result like any other: the refund's state says so. Raises CreditNotFoundError,
        which is not remembered, and KeyReusedError when the id came before with another order.
        """
        return settling_a_race(lambda: self._refund(request))

    def reverse(self, credit_id: str, reason: str) -> tuple[Reversal, bool]:
        """Take the rest of a credit back, once; return the reversal with whether it is new.

        The bank's own act: a frozen account is no hindrance. Raises CreditNotFoundError, and
        ReturnRefusedError when refunds left nothing or the account holds too little; neither is
        remembered.
        """
        reversal, new = settling_a_race(lambda: self._reverse(credit_id, reason))
        if new:
            self.on_reversal()
        return reversal, new

    def _refund(self, request: RefundRequest) -> tuple[Refund, bool]:
        with self.database.write() as session:
            held = _hold(session, request.credit_id)
            # Looked up under the locks, so that a double submission waits for the first.
            earlier = queries.refund(session, request.request_id)
            if earlier is not None:
                _check_same(earlier, request)
                return earlier, False
            if held is None:
                raise CreditNotFoundError
            refund = Refund(
                request_id=request.request_id,
                credit=held.credit,
                amount_vnd=request.amount_vnd,
                reason=request.reason,
                state=TransferState.DONE,
                transfer=None,
                asked_at=self.clock.now(),
            )
            refusal = _refusal(session, held, request.amount_vnd)
            if refusal is not None:
                refund.state, refund.refusal = TransferState.REFUSED, refusal
            else:
                key = f"refund:{request.request_id}"
                refund.transfer = self._send_back(
                    session, held, TransferKind.REFUND, key, request.amount_vnd, request.reason
                )
            session.add(refund)
            return refund, True

    def _reverse(self, credit_id: str, reason: str) -> tuple[Reversal, bool]:
        with self.database.write() as session:
            held = _hold(session, credit_id)
            if held is None:
                raise CreditNotFoundError
            earlier = queries.reversal_of(session, held.credit)
            if earlier is not None:
                return earlier, False
            left_vnd = held.left_vnd
            if left_vnd == 0:
                raise ReturnRefusedError(ReturnRefusal.NOTHING_LEFT)
            if left_vnd > held.account.balance_vnd:
                raise ReturnRefusedError(ReturnRefusal.INSUFFICIENT_FUNDS)
            key = f"reversal:{credit_id}"
            reversal = Reversal(
                id=self.numbers.reversal_id(),
                credit=held.credit,
                transfer=self._send_back(session, held, TransferKind.REVERSAL, key, left_vnd, reason),
                reason=reason,
            )
            session.add(reversal)
            return reversal, True

    def _send_back(
        self, session: Session, held: _Held, kind: TransferKind, key: str, amount_vnd: int, reason: str
    ) -> Transfer:
        now = self.clock.now()
        transfer = Transfer(
            bank_ref=self.numbers.bank_ref(now),
            idempotency_key=key,
            kind=kind,
            payer=held.account,
            payee=held.payer,
            to_bank_bin=BANK_BIN,
            to_number=held.payer.number,
            amount_vnd=amount_vnd,
            content=vietqr.fold(f"{_WORDS[kind]} {held.credit.bank_ref} {reason}", CONTENT_MAX),
            made_at=now,
        )
        ledger.post(session, transfer, held.account, held.payer)
        held.credit.returned_vnd += amount_vnd
        return transfer


def _hold(session: Session, credit_id: str) -> _Held | None:
    """Lock a credit's accounts, as every booking does first, then the credit itself; None when there is none."""
    credit = queries.credit(session, credit_id)
    if credit is None:
        return None
    paid = session.get_one(Transfer, credit.transfer_id)
    assert paid.payee_id is not None, "a credit's transfer was done"
    accounts = ledger.lock(session, {paid.payer_id, paid.payee_id})
    locked = session.scalars(
        select(Credit).where(Credit.seq == credit.seq).with_for_update().execution_options(populate_existing=True)
    ).one()
    return _Held(locked, accounts[paid.payee_id], accounts[paid.payer_id])


def _refusal(session: Session, held: _Held, amount_vnd: int) -> ReturnRefusal | None:
    if queries.reversal_of(session, held.credit) is not None:
        return ReturnRefusal.CREDIT_REVERSED
    if amount_vnd > held.left_vnd:
        return ReturnRefusal.OVER_REFUNDED
    if held.account.status == AccountStatus.FROZEN:
        return ReturnRefusal.ACCOUNT_FROZEN
    if amount_vnd > held.account.balance_vnd:
        return ReturnRefusal.INSUFFICIENT_FUNDS
    return None


def _check_same(earlier: Refund, request: RefundRequest) -> None:
    before = (earlier.credit.id, earlier.amount_vnd, earlier.reason)
    if before != (request.credit_id, request.amount_vnd, request.reason):
        raise KeyReusedError
