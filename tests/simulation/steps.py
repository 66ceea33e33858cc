"""What may happen in a simulation: each step is a method that draws what it needs and says in a line what it did."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import select

import vietqr
from core.database import database
from core.permissions.principal import SYSTEM, Grant, Principal
from core.permissions.roles import Role, Scope
from payments.cash import services as cash
from payments.cash.errors import TooLateToUndo
from payments.gateways.port import Gateway
from payments.live.container import LiveContainer
from payments.reconciliation import services as reconciliation
from payments.recording.models import Credit
from payments.recording.models import Payment as PaymentRow
from payments.refunds import services as refunds
from payments.refunds.errors import MoreThanLeft
from payments.refunds.models import Refund as RefundRow
from payments.requests import services as requests
from payments.requests.errors import RequestEnded, StallCannotAsk
from payments.statement_lines import Direction, Line
from payments.unmatched import services as recording
from payments.unmatched.errors import AlreadyAssigned, AlreadyUnassigned, MoneyWentBack
from simbank.errors import ReturnRefusedError
from simbank.faults.models import Fault
from simbank.models import Credit as BankCredit
from tests.simulation.model import CashRefund, CashSale, Payment, Refund, Request, TakenBack, Told, Wrong, day_of
from tests.simulation.sabotage import KILLS, PASSING, Fate
from tests.simulation.world import ADMIN, SHARED_ACCOUNT, STRANGER, Heard, World
from tests.support.money import CodedStall
from vendors.codes.errors import NoLiveCode
from vendors.issuer import BankUnavailable
from vendors.registration import services as stalls

#: How often each step is drawn, against the others.
WEIGHTS: Final = {
    "pay": 24,
    "time_passes": 12,
    "deliver": 14,
    "deliver_together": 5,
    "switch_faults": 3,
    "ask": 5,
    "cancel": 2,
    "refund": 6,
    "spoil_the_wire": 2,
    "poll_refunds": 3,
    "sell_for_cash": 3,
    "undo_sale": 2,
    "give_cash_refund": 2,
    "undo_cash_refund": 2,
    "reverse": 2,
    "spend": 2,
    "assign": 4,
    "unassign": 2,
    "revoke_code": 1,
    "issue_code": 2,
    "read_statement": 1,
    "restart": 1,
    "list_payments": 3,
    "listen": 3,
}
AMOUNTS_VND = (500, 5_000, 12_000, 35_000, 50_000, 120_000, 499_999)
#: Of ten calls of a service, in one our process ends.
KILLED_ONE_IN = 10
#: Of five deliveries, in one something happens around a commit.
SPOILT_ONE_IN = 5
#: Requests, payments and credits that are chosen from: the newest, for those are where things still happen.
RECENT = 12

Item = TypeVar("Item")


class Steps:
    """The steps, on one world. `counts` says how often each was taken, and what came of it."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.model = world.model
        self.rng = rng
        self.counts: Counter[str] = Counter()
        self._keys = itertools.count(1)
        #: What each vendor's program has: by the list, and by the stream.
        self._listed: Counter[int] = Counter()
        self._listened: Counter[int] = Counter()

    def draw(self) -> str:
        """The name of a step by chance."""
        (name,) = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
        return name

    def take(self, name: str) -> str:
        """Take a step; gives its line."""
        self.counts[name] += 1
        line = f"{name}: {getattr(self, name)()}"
        if self.world.dead:
            self.world.restart()
            line += "; started again"
        return line

    # Shoppers and time ---------------------------------------------------------------------------

    def pay(self) -> str:
        ways = {"virtual": 5, "account": 3, "shared": 1, "stranger": 2, "request": 5}
        (way,) = self.rng.choices(list(ways), list(ways.values()))
        if way == "request":
            if self.model.requests:
                return self._pay_request()
            way = "virtual"
        stall, amount_vnd = self._stall(), self.rng.choice(AMOUNTS_VND)
        to = {"account": stall.account_number, "shared": SHARED_ACCOUNT, "stranger": STRANGER}.get(way)
        to = to or self.rng.choice([n for n, (owner, _) in self.model.virtual.items() if owner == stall.id])
        content = self._content(stall)
        self.world.pay(self.rng.choice(self.world.shoppers), to, amount_vnd, content)
        self.counts[f"pay by {way}"] += 1
        return f"{amount_vnd} to {way} {to}, {content!r}"

    def _content(self, stall: CodedStall) -> str:
        """A text with the stall's reference, mostly; with another stall's, or with none."""
        own = [reference for reference, owner in self.model.references.items() if owner == stall.id]
        everybodys = list(self.model.references)
        words = {self.rng.choice(own): 6, self.rng.choice(everybodys): 2, "": 2}
        (word,) = self.rng.choices(list(words), list(words.values()))
        return f"TRA TIEN {word} HANG".replace("  ", " ")

    def _pay_request(self) -> str:
        request = self._recent(list(self.model.requests.values()))
        amount_vnd = max(1, request.amount_vnd + self.rng.choice([0, 0, 0, -500, 500]))
        read = vietqr.decode(request.payload)
        assert read.account_number is not None
        self.world.pay(self.rng.choice(self.world.shoppers), read.account_number, amount_vnd, f"QR {read.purpose}")
        self.counts[f"pay a request that is {request.state(self.world.now())}"] += 1
        return f"{amount_vnd} for the request of {request.amount_vnd}, {read.purpose}"

    def time_passes(self) -> str:
        (span,) = self.rng.choices([(1, 30), (60, 1_200), (3_600, 28_800)], [5, 3, 1])
        step = timedelta(seconds=self.rng.randint(*span))
        self.world.advance(step)
        return str(step)

    # The bank ------------------------------------------------------------------------------------

    def deliver(self) -> str:
        courier = self.world.parts.courier
        assert courier is not None
        courier._outbox.batch = self.rng.randint(1, 5)
        fate = self._arrange(self.rng.randint(1, 3), [*KILLS, *PASSING, Fate.REFUSED])
        self.world.street.take()
        tried = self.world.bank.deliver()
        heard = self.world.street.take()
        self._take_in(heard, self.world.at_recorder.fates)
        return f"{tried} messages, {len(heard)} attempts, {fate}"

    def deliver_together(self) -> str:
        courier = self.world.parts.courier
        assert courier is not None
        courier._outbox.batch = self.rng.randint(1, 2)
        fate = self._arrange(self.rng.randint(1, 2), [*KILLS, *PASSING])
        if self.rng.randrange(SPOILT_ONE_IN) == 0:
            fate = Fate.REFUSED
            self.world.at_recorder.arrange(fate, commits=2)
        heard, gathered = self.world.deliver_together(self.rng.randint(2, 6))
        first, *others = [*self.world.at_recorder.fates[:2], *([Fate.KILLED_BEFORE] * self.world.dead)] or [Fate.NORMAL]
        shared = others[0] if others else Fate.NORMAL
        if shared is Fate.REFUSED and (gathered > 2 or len(self.world.at_recorder.fates) > self._to_be_recorded(heard)):
            # A group that is refused is taken apart, and each of it recorded alone. Where one alone had gathered, a
            # repeat of the first may still have joined it: then there was a commit more than there were messages.
            shared = Fate.NORMAL
        self._take_in(heard, [first, *[shared] * (gathered - 1)], more=True)
        self.counts["messages in groups"] += gathered
        return f"{gathered} gathered, {len(heard)} attempts, {fate}"

    def _to_be_recorded(self, heard: Sequence[Heard]) -> int:
        said = (self.model.read(one.headers, one.body, self.world.now()) for one in heard if one.reached_us)
        return sum(one.proven and one.readable for one in said)

    def _arrange(self, commits: int, fates: Sequence[Fate]) -> Fate:
        saboteur = self.world.at_recorder
        saboteur.forget()
        if self.rng.randrange(SPOILT_ONE_IN):
            return Fate.NORMAL
        fate = self.rng.choice(list(fates))
        saboteur.arrange(fate, commits=commits)
        return fate

    def _take_in(self, heard: Sequence[Heard], fates: Sequence[Fate], *, more: bool = False) -> None:
        """Have the model hear what we heard, and compare our answers with what they should have been.

        With `more` there may be messages behind those whose commits' fates are known; they carry nothing new.
        """
        coming = iter(fates)
        for one in heard:
            if not one.reached_us:
                self.counts["attempts at a dead process"] += 1
                continue
            said = self.model.read(one.headers, one.body, self.world.now())
            if not said.proven:
                self._expect(one, 401)
            elif not said.readable:
                self._expect(one, 400)
            else:
                fate = next(coming, None)
                if fate is None and not more and not self.world.dead:
                    raise Wrong("a message was answered without a commit")
                self._take_in_one(one, said, fate or _fate_by_answer(one))

    def _take_in_one(self, one: Heard, said: Any, fate: Fate) -> None:
        self.counts[f"commit {fate}"] += 1
        if fate is Fate.REFUSED:
            self._expect(one, 503)
            return
        if fate is Fate.KILLED_BEFORE:
            self._expect(one, None)
            return
        counts = self.model.record(said)
        if fate is Fate.FAILED_AFTER:
            counts = {"recorded": 0, "duplicates": said.records, "unmatched": 0}
        self._expect(one, None if fate is Fate.KILLED_AFTER else 200, counts)

    def _expect(self, one: Heard, status: int | None, counts: dict[str, int] | None = None) -> None:
        self.counts[f"answered {one.status}"] += 1
        if one.status != status:
            raise Wrong(f"a message should have been answered {status}, and was answered {one.status}")
        if one.answer is not None and counts is not None and one.answer.json() != counts:
            raise Wrong(f"a message should have been answered {counts}, and was answered {one.answer.text}")

    def switch_faults(self) -> str:
        chosen = self.rng.sample(list(Fault), self.rng.choice([0, 1, 2, 4, 8]))
        faults = {fault.value: {"probability": self.rng.choice([0.1, 0.3, 0.6])} for fault in chosen}
        self.world.bank.set_faults(
            seed=str(self.rng.getrandbits(32)),
            late_s=float(self.rng.choice([60, 3_600, 86_400])),
            down_s=float(self.rng.choice([10, 600])),
            reversed_after_s=float(self.rng.choice([0, 60, 3_600])),
            faults=faults,
        )
        return ", ".join(sorted(faults)) or "none"

    def reverse(self) -> str:
        with self.world.bank_session() as session:
            ids = session.scalars(select(BankCredit.id).order_by(BankCredit.seq)).all()
        if not ids:
            return "nothing"
        credit_id = self._recent(ids)
        try:
            self.world.parts.returns.reverse(credit_id, "NHAM")
        except ReturnRefusedError as refused:
            return f"{credit_id}: {refused.refusal}"
        return credit_id

    def spend(self) -> str:
        """A vendor takes the money out of the account: what is to go back of a payment may not be there any more."""
        stall = self._stall()
        balance_vnd = self.world.balance_vnd(stall.account_number)
        amount_vnd = min(balance_vnd - self.rng.choice([0, 1_000]), 400_000_000)
        if amount_vnd < 1:
            return "nothing"
        self.world.pay(stall.account_number, self.world.shoppers[0], amount_vnd, "MUA HANG")
        self.world.spent_vnd[stall.account_number] += amount_vnd
        return f"{amount_vnd} of {balance_vnd} at {stall.id}"

    def spoil_the_wire(self) -> str:
        wire = self.world.bank.to_bank
        state = self.rng.choice(["cut", "deaf", "healthy", "healthy"])
        wire.cut, wire.deaf = state == "cut", state == "deaf"
        return state

    def read_statement(self) -> str:
        """Reconciliation, of a part of the past or of all of it."""
        try:
            told = self.reconcile(self.world.now() - timedelta(hours=self.rng.choice([1, 24, 48])))
        except BankUnavailable:
            return "the bank does not answer"
        return f"{told} lines"

    def reconcile(self, start: datetime) -> int:
        """Hold the bank's statement since a moment against what is recorded; gives how many lines it told."""
        statement = _Statement(LiveContainer.of(self.world.app).gateways["simbank"])
        reconciliation.pull(SYSTEM, statement, start, self.world.now())
        for line in statement.lines:
            about, ref, vnd = line.external_id or "", line.bank_ref or "", line.amount_vnd
            if line.direction is Direction.CREDIT:
                told = Told(about, vnd, line.account_number, line.virtual_account, line.content, line.booked_at)
                self.counts["credits that a statement brought"] += self.model.record_credit(told)
            elif line.is_reversal and about in self.model.credits:
                taken_back = TakenBack(ref, about, vnd, line.booked_at)
                self.counts["reversals that a statement brought"] += self.model.record_reversal(taken_back)
        return len(statement.lines)

    # Vendors -------------------------------------------------------------------------------------

    def ask(self) -> str:
        stall, amount_vnd = self._stall(), self.rng.choice(AMOUNTS_VND)
        expires_in_s, key = self.rng.choice([60, 900, 86_400]), self._key()

        def service() -> Any:
            return requests.ask(_vendor(stall), stall.code, amount_vnd, expires_in_s=expires_in_s, key=key)

        made = self._or_refused(StallCannotAsk, stall.id not in self.model.coded, lambda: self._call(service))
        if made is None:
            return "has no code"
        self.model.requests[made.public_id] = Request(
            made.public_id, made.reference, stall.id, amount_vnd, made.expires_at, made.payload
        )
        return f"{amount_vnd} within {expires_in_s} s, {made.reference}"

    def cancel(self) -> str:
        if not self.model.requests:
            return "nothing"
        request = self._recent(list(self.model.requests.values()))
        state = request.state(self.world.now())
        done = self._or_refused(
            RequestEnded,
            state not in {"open", "cancelled"},
            lambda: self._call(lambda: requests.cancel(ADMIN, request.public_id)),
        )
        if done is not None:
            request.cancelled_at = request.cancelled_at or self.world.now()
        return f"{request.reference}, which was {state}"

    def refund(self) -> str:
        payment = self._payment()
        if payment is None:
            return "nothing"
        amount_vnd, key, row_id = self._part_of(payment), self._key(), self._row_id(payment)
        with database().reading() as session:
            credit_row = session.scalars(select(Credit).where(Credit.external_id == payment.told.id)).one()
        assert credit_row.amount_vnd == payment.told.vnd

        def service() -> RefundRow:
            return refunds.order_refund(ADMIN, row_id, amount_vnd, "TRA LAI", key)

        made = self._or_refused(MoreThanLeft, not payment.may_give(amount_vnd), lambda: self._call(service))
        if made is None:
            return f"{amount_vnd} of {payment.told.vnd}: more than is left"
        payment.committed_vnd += amount_vnd
        self.model.refunds[made.request_id] = Refund(payment, amount_vnd, "pending")
        self._hear_of_refund(made.request_id, made.state)
        self.counts[f"refund {made.state}"] += 1
        return f"{amount_vnd} of {payment.told.vnd}: {made.state}"

    def poll_refunds(self) -> str:
        told = self._call(refunds.poll_refunds)
        self.hear_of_refunds()
        return f"{told[0]} settled, {told[1]} left"

    def hear_of_refunds(self) -> None:
        """Hear how those refunds stand whose outcome was not known."""
        open_ones = [one for one, refund in self.model.refunds.items() if refund.state in {"pending", "unknown"}]
        with database().reading() as session:
            for request_id in open_ones:
                row = session.scalars(select(RefundRow).where(RefundRow.request_id == request_id)).one()
                self._hear_of_refund(request_id, row.state)

    def _hear_of_refund(self, request_id: str, state: str) -> None:
        """We say done, or refused, when the bank does, and never before."""
        theirs = self.world.bank_refund(request_id)
        if state in {"done", "refused"} and (theirs is None or theirs.state != state):
            raise Wrong(f"refund {request_id} is {state} with us; at the bank {theirs.state if theirs else 'unknown'}")
        if theirs is not None and theirs.amount_vnd != self.model.refunds[request_id].amount_vnd:
            raise Wrong(f"the bank refunded {theirs.amount_vnd} for {request_id}")
        booked = theirs.transfer.made_at if theirs is not None and theirs.transfer is not None else None
        self.model.hear_of_refund(request_id, state, booked)

    def sell_for_cash(self) -> str:
        stall, amount_vnd, key = self._stall(), self.rng.choice(AMOUNTS_VND), self._key()
        noted = self._call(lambda: cash.note_sale(_vendor(stall), stall.code, amount_vnd, key))
        today = day_of(self.world.now())
        self.model.cash_sales.append(CashSale(noted.sale.id, stall.id, amount_vnd, today))
        self.model.add(stall.id, today, "cash", amount_vnd)
        return f"{amount_vnd} at {stall.id}"

    def undo_sale(self) -> str:
        if not self.model.cash_sales:
            return "nothing"
        sale = self._recent(self.model.cash_sales)
        stall = next(one for one in self.world.stalls if one.id == sale.stall_id)
        late = sale.day != day_of(self.world.now())
        done = self._or_refused(
            TooLateToUndo,
            late and not sale.undone,
            lambda: self._call(lambda: cash.undo_sale(_vendor(stall), stall.code, sale.id)),
        )
        if done is not None and not sale.undone:
            sale.undone = True
            self.model.add(sale.stall_id, sale.day, "cash", -sale.amount_vnd, count=-1)
        return f"{sale.amount_vnd} of {sale.day}"

    def give_cash_refund(self) -> str:
        payment = self._payment()
        if payment is None:
            return "nothing"
        amount_vnd, key, row_id = self._part_of(payment), self._key(), self._row_id(payment)
        made = self._or_refused(
            MoreThanLeft,
            not payment.may_give(amount_vnd),
            lambda: self._call(lambda: refunds.give_cash_refund(ADMIN, row_id, amount_vnd, key)),
        )
        if made is not None:
            today = day_of(self.world.now())
            payment.committed_vnd += amount_vnd
            self.model.cash_refunds.append(CashRefund(made.id, payment, amount_vnd, today))
            self.model.add(payment.stall_id, today, "cash_refund", amount_vnd)
        return f"{amount_vnd} of {payment.told.vnd}: {'given' if made else 'more than is left'}"

    def undo_cash_refund(self) -> str:
        if not self.model.cash_refunds:
            return "nothing"
        given = self._recent(self.model.cash_refunds)
        late = given.day != day_of(self.world.now())

        def service() -> bool:
            refunds.undo_cash_refund(ADMIN, given.id)
            return True

        done = self._or_refused(TooLateToUndo, late and not given.undone, lambda: self._call(service))
        if done and not given.undone:
            given.undone = True
            given.payment.committed_vnd -= given.amount_vnd
            self.model.add(given.payment.stall_id, given.day, "cash_refund", -given.amount_vnd, count=-1)
        return f"{given.amount_vnd} of {given.day}"

    # The board -----------------------------------------------------------------------------------

    def assign(self) -> str:
        if not self.model.unmatched:
            return "nothing"
        credit_id, stall = self._recent(list(self.model.unmatched)), self._stall()
        with database().reading() as session:
            row_id = session.scalars(select(Credit.id).where(Credit.external_id == credit_id)).one()
        try:
            self._call(lambda: recording.assign(ADMIN, row_id, stall.code, "NGUOI BAN NHO"))
        except AlreadyAssigned:
            # Our process ended when it was done, and was asked again.
            self._refuse_unless_restarted("an open credit cannot be assigned")
        self.model.assign(credit_id, stall.id)
        return f"{credit_id} to {stall.id}"

    def unassign(self) -> str:
        by_person = [one for one in self.model.every_payment if one.by_person]
        if not by_person:
            return "nothing"
        payment = self._recent(by_person)
        row_id, may = self._row_id(payment), not payment.unassigned and payment.may_give(payment.told.vnd)
        expected = None if may else AlreadyUnassigned if payment.unassigned else MoneyWentBack
        try:
            self._call(lambda: recording.unassign(ADMIN, row_id, "NHAM"))
        except (AlreadyUnassigned, MoneyWentBack) as refused:
            if expected is None:
                self._refuse_unless_restarted("an assignment cannot be unassigned")
            elif not isinstance(refused, expected):
                raise Wrong(f"refused as {refused.code}, expected {expected.code}") from refused
        else:
            if expected is not None:
                raise Wrong("an assignment was unassigned that may not be")
        if may:
            self.model.unassign(payment)
        return f"{payment.told.id} from {payment.stall_id}: {'taken back' if may else 'refused'}"

    def revoke_code(self) -> str:
        stall = self._stall()
        try:
            self._call(lambda: stalls.revoke_code(ADMIN, stall.code, "RACH"))
        except NoLiveCode:
            if stall.id in self.model.coded:
                self._refuse_unless_restarted("a live code cannot be revoked")
        self.model.coded.discard(stall.id)
        return str(stall.id)

    def issue_code(self) -> str:
        stall = self._stall()
        try:
            self._call(lambda: stalls.reissue_code(ADMIN, stall.code, "RACH"))
        except BankUnavailable:
            # Where our process ended after a first one was issued, the bank may not answer for the second.
            self.world.learn_codes(stall)
            return f"{stall.id}: the bank does not answer"
        self.world.learn_codes(stall)
        return str(stall.id)

    def restart(self) -> str:
        self.world.restart()
        return "in order"

    # Programs that read --------------------------------------------------------------------------

    def list_payments(self) -> str:
        stall = self._stall()
        heard: list[dict[str, Any]] = []
        after: str | None = str(self._listed[stall.id])
        while after is not None:
            answer = self.world.get(f"/api/v1/payments?stall={stall.code}&after={after}&limit=3")
            if answer.status_code != 200:
                raise Wrong(f"the list was answered {answer.status_code}: {answer.text}")
            heard += answer.json["items"]
            after = answer.json["next"]
        told = [(one["receipt_number"], one["amount_vnd"]) for one in heard]
        return self._check_heard(stall, self._listed, told)

    def listen(self) -> str:
        stall = self._stall()
        last_heard = {"Last-Event-ID": str(self._listened[stall.id])}
        answer = self.world.get(f"/api/v1/stalls/{stall.code}/events", **last_heard)
        told = []
        for chunk in answer.response:
            if chunk.startswith(b":"):
                break
            told += _events(chunk)
        answer.close()
        return self._check_heard(stall, self._listened, told)

    def _check_heard(self, stall: CodedStall, heard: Counter[int], told: list[tuple[int, int]]) -> str:
        """Compare what a program got with all that came after what it has; then it has it too, or loses some of it."""
        expected = [(one.number, one.told.vnd) for one in self.model.payments[stall.id][heard[stall.id] :]]
        if told != expected:
            raise Wrong(f"stall {stall.id} after {heard[stall.id]}: heard {told}, expected {expected}")
        # A program that ends before it has kept what it heard asks for it again.
        heard[stall.id] += self.rng.randint(0, len(told))
        return f"{len(told)} payments of {stall.id}"

    # Choosing and calling ------------------------------------------------------------------------

    _restarted = False

    def _call(self, service: Callable[[], Item]) -> Item:
        before = self.world.restarts
        fate = self.rng.choice(KILLS) if self.rng.randrange(KILLED_ONE_IN) == 0 else Fate.NORMAL
        try:
            return self.world.call(service, fate, commits=self.rng.randint(1, 2))
        finally:
            self._restarted = self.world.restarts > before
            if self._restarted:
                self.counts[f"service {fate}"] += 1

    def _or_refused(self, error: type[Exception], refused: bool, call: Callable[[], Item]) -> Item | None:
        """What the call gives; None where it is refused. Wrong is who is refused, or is not, against expectation."""
        try:
            given = call()
        except error as reason:
            if not refused:
                raise Wrong(f"refused without reason: {type(reason).__name__}") from reason
            return None
        if refused:
            raise Wrong(f"not refused, though it should be: {error.__name__}")
        return given

    def _refuse_unless_restarted(self, words: str) -> None:
        if not self._restarted:
            raise Wrong(words)

    def _stall(self) -> CodedStall:
        return self.rng.choice(self.world.stalls)

    def _key(self) -> str:
        return f"key-{next(self._keys)}"

    def _recent(self, items: Sequence[Item]) -> Item:
        return self.rng.choice(items[-RECENT:])

    def _payment(self) -> Payment | None:
        """One of the newest payments of a stall."""
        payments = self.model.payments[self._stall().id]
        return self._recent(payments) if payments else None

    def _part_of(self, payment: Payment) -> int:
        """Some of a payment, all of it, or more."""
        return max(1, self.rng.choice([payment.told.vnd // 3, payment.told.vnd // 2, payment.told.vnd, 10**6]))

    def _row_id(self, payment: Payment) -> int:
        statement = select(PaymentRow.id).where(
            PaymentRow.stall_id == payment.stall_id, PaymentRow.receipt_number == payment.number
        )
        with database().reading() as session:
            return session.scalars(statement).one()


class _Statement:
    """A gateway as reconciliation sees it; `lines` are what it told."""

    supports_statements = True

    def __init__(self, gateway: Gateway) -> None:
        self.name = gateway.name
        self._gateway = gateway
        self.lines: list[Line] = []

    def statement(self, start: datetime, end: datetime) -> Iterator[Line]:
        for line in self._gateway.statement(start, end):
            self.lines.append(line)
            yield line


def _vendor(stall: CodedStall) -> Principal:
    return Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))


def _fate_by_answer(one: Heard) -> Fate:
    """What must have become of a commit that nobody followed."""
    return {None: Fate.KILLED_BEFORE, 503: Fate.REFUSED}.get(one.status, Fate.NORMAL)


def _events(chunk: bytes) -> list[tuple[int, int]]:
    """The payments that a piece of a stream tells: their numbers and amounts."""
    told = []
    for event in chunk.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
        if fields.get("event") == "payment":
            told.append((int(fields["id"]), json.loads(fields["data"])["amount_vnd"]))
    return told
