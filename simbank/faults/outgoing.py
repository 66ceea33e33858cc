"""Faults of messages: when one leaves, what it says of its credits, and what follows when it was taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from simbank.database import Database
from simbank.errors import ReturnRefusedError
from simbank.models import (
    NEVER,
    Account,
    Credit,
    Message,
    MessageType,
    Reversal,
    StopReason,
    VirtualAccount,
)
from simbank.outbox import Outbox, Outcome
from simbank.returns import Returns

from . import telling
from .models import Fault
from .plan import Armed, FaultPlan, Strike

WAITS_FOR_NEXT_S = 600
"""A message that is to be overtaken goes by itself when nothing has overtaken it by then."""
MENDED_AFTER_S = 300
REVERSED_REASON = "Ngân hàng thu hồi giao dịch"


@dataclass(slots=True, kw_only=True)
class FaultyOutbox(Outbox):
    """An outbox that holds back, loses and garbles as the plan says."""

    plan: FaultPlan

    def _is_closed(self, session: Session) -> bool:
        return self.plan.is_down(session)

    def _may_leave(self, session: Session, message: Message, carried: Sequence[Credit | Reversal]) -> bool:
        armed = self.plan.arm(session)
        told = [item for item in carried if isinstance(item, Credit)]
        for credit in told:
            _garble(armed, message, credit)
        _spoil_one(armed, message, told)
        return not _held_back(armed, message)

    def _on_settled(self, session: Session, message: Message, outcome: Outcome) -> None:
        self._mend(session, message, outcome)
        if not outcome.delivered:
            return
        release = update(Message).where(Message.waits_for_next, Message.id != message.id)
        session.execute(release.values(waits_for_next=False, due_at=self.clock.now()))
        if message.type == MessageType.CREDITS:
            self._plan_reversal(session, message)

    def _plan_reversal(self, session: Session, message: Message) -> None:
        armed = self.plan.arm(session)
        strike = armed.strike(Fault.REVERSED, message_id=message.id)
        if strike is None:
            return
        carried = session.scalars(select(Credit).where(Credit.message_id == message.id).order_by(Credit.seq)).all()
        if not carried:
            return
        credit = strike.rng.choice(carried)
        credit.reverse_at = armed.now + timedelta(seconds=armed.plan.reversed_after_s)
        strike.event.credit_id = credit.id
        strike.event.note = f"+{armed.plan.reversed_after_s:g} s"

    def _mend(self, session: Session, message: Message, outcome: Outcome) -> None:
        """Send a spoilt credit's good version later: all of a message that was refused, or that credit alone."""
        told = Credit.message_id == message.id
        spoilt = [
            credit
            for credit in session.scalars(select(Credit).where(told, Credit.told.is_not(None)))
            if "amount_vnd" in (credit.told or {})
        ]
        if not spoilt:
            return
        again = spoilt if outcome.delivered else session.scalars(select(Credit).where(told).order_by(Credit.seq)).all()
        mended = self._make(session, MessageType.CREDITS, again)
        mended.due_at = self.clock.now() + timedelta(seconds=MENDED_AFTER_S)
        for credit in spoilt:
            credit.told = {name: value for name, value in (credit.told or {}).items() if name != "amount_vnd"} or None
        message.stopped, message.due_at = StopReason.MENDED, NEVER


@dataclass(slots=True, kw_only=True)
class DueReversals:
    """Reverses the credits whose time has come; one a call."""

    database: Database
    returns: Returns
    plan: FaultPlan

    def __call__(self) -> int:
        """Return how many were tried."""
        due = Credit.reverse_at <= self.plan.clock.now()
        with self.database.read() as session:
            credit_id = session.scalar(select(Credit.id).where(due).order_by(Credit.reverse_at, Credit.seq).limit(1))
        if credit_id is None:
            return 0
        try:
            reversal, _ = self.returns.reverse(credit_id, REVERSED_REASON)
            note = reversal.id
        except ReturnRefusedError as refused:
            note = refused.refusal.value
        with self.database.write() as session:
            session.execute(update(Credit).where(Credit.id == credit_id).values(reverse_at=None))
            self.plan.arm(session).log(Fault.REVERSED, credit_id=credit_id, note=note)
        return 1


def _held_back(armed: Armed, message: Message) -> bool:
    """Hold the message back, once and for all or for a time; say whether it is."""
    if armed.strike(Fault.LOST, message_id=message.id):
        message.stopped, message.due_at = StopReason.LOST, NEVER
    elif strike := armed.strike(Fault.LATE, message_id=message.id):
        wait_s = round(strike.rng.uniform(0.5, 1.0) * armed.plan.late_s)
        message.due_at = armed.now + timedelta(seconds=wait_s)
        strike.event.note = f"+{wait_s} s"
    elif armed.strike(Fault.OUT_OF_ORDER, message_id=message.id):
        message.waits_for_next, message.due_at = True, armed.now + timedelta(seconds=WAITS_FOR_NEXT_S)
    elif armed.strike(Fault.BANK_DOWN, message_id=message.id):
        message.due_at = armed.go_down()
    else:
        return False
    return True


def _garble(armed: Armed, message: Message, credit: Credit) -> None:
    if telling.has_reference(credit.content):
        if strike := armed.strike(Fault.REFERENCE_ALTERED, message_id=message.id, credit_id=credit.id):
            _tell(strike, credit, content=telling.reference_altered(credit.content, strike.rng))
        elif strike := armed.strike(Fault.REFERENCE_DROPPED, message_id=message.id, credit_id=credit.id):
            _tell(strike, credit, content=telling.reference_dropped(credit.content))
    if strike := armed.strike(Fault.WRONG_ACCOUNT, message_id=message.id, credit_id=credit.id):
        _tell(strike, credit, **_other_account(armed.session, credit, strike))


def _spoil_one(armed: Armed, message: Message, carried: Sequence[Credit]) -> None:
    """Take the amount from one credit among good ones."""
    if len(carried) > 1 and (strike := armed.strike(Fault.BAD_CREDIT, message_id=message.id)):
        credit = strike.rng.choice(carried)
        strike.event.credit_id = credit.id
        _tell(strike, credit, amount_vnd=strike.rng.choice([0, None]))


def _tell(strike: Strike, credit: Credit, **told: object) -> None:
    credit.told = {**(credit.told or {}), **told}
    strike.event.note = " ".join(str(value) for value in told.values())


def _other_account(session: Session, credit: Credit, strike: Strike) -> dict[str, object]:
    """Return numbers of somebody else, or, half of the time and where there is nobody else, of nobody."""
    others = (
        select(VirtualAccount.number, Account.number)
        .join(Account, Account.id == VirtualAccount.account_id)
        .where(Account.number != credit.account_number)
    )
    count = session.scalar(select(func.count()).select_from(others.subquery())) or 0
    if count and strike.rng.random() < 0.5:  # noqa: PLR2004 -- half of the time
        place = strike.rng.randrange(count)
        virtual, account = session.execute(others.order_by(VirtualAccount.id).offset(place).limit(1)).one()
    else:
        # No number that this bank issues has letters at its end.
        virtual, account = (f"{strike.rng.randrange(10**10):010d}X" for _ in range(2))
    return {"account_number": account, "virtual_account": virtual if credit.virtual_account else None}
