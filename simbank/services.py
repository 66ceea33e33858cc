"""Writers: open accounts, issue virtual accounts, move money. One call, one transaction.

What gives money of a credit back stands in `returns`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

import vietqr

from . import ledger, queries
from .clock import Clock, SystemClock
from .database import Database, settling_a_race
from .errors import AccountConflictError, AccountNotFoundError, KeyReusedError
from .limits import AMOUNT_MAX_VND, CONTENT_MAX, DAILY_LIMIT_VND, HOLDER_NAME_MAX
from .models import (
    Account,
    AccountKind,
    AccountStatus,
    Credit,
    Refusal,
    Transfer,
    TransferKind,
    TransferState,
    VirtualAccount,
)
from .numbers import BANK_BIN, NumberSource

HOUSE_NUMBER = "HOUSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """An account to open. The opening balance, in đồng, comes from the house."""

    account_number: str
    holder_name: str
    opening_balance_vnd: int = 0
    reported: bool = False
    status: AccountStatus = AccountStatus.ACTIVE
    transfer_limit_vnd: int | None = None
    daily_limit_vnd: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualAccountRequest:
    """A virtual account to issue; the same `request_id` gives the same number."""

    request_id: str
    account_number: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """An order to move `amount_vnd` đồng; the same `idempotency_key` moves it once."""

    from_account: str
    to_bank_bin: str
    to_account: str
    amount_vnd: int
    content: str
    idempotency_key: str


def no_wake() -> None:
    """Wake nobody."""


@dataclass(slots=True, kw_only=True)
class Bank:
    """The bank's counter. Money in whole đồng; limits are those of accounts without their own."""

    database: Database
    clock: Clock = field(default_factory=SystemClock)
    numbers: NumberSource = field(default_factory=NumberSource)
    transfer_limit_vnd: int = AMOUNT_MAX_VND
    daily_limit_vnd: int = DAILY_LIMIT_VND
    on_credit: Callable[[], None] = no_wake
    """Called after a credit to be reported is durable."""

    def open_accounts(self, requests: Sequence[AccountRequest]) -> tuple[list[Account], bool]:
        """Open accounts, all or none; return them with whether any is new.

        An account that is there already, of the same holder, stays as it is. Raises
        AccountConflictError when a number is taken by another holder.
        """
        return settling_a_race(lambda: self._open_accounts(requests))

    def issue_virtual_accounts(self, requests: Sequence[VirtualAccountRequest]) -> tuple[list[VirtualAccount], bool]:
        """Issue virtual accounts, all or none; return them with whether any is new.

        The settlement accounts are reported to the partner from now on. Raises
        AccountNotFoundError for a settlement account that is not here, KeyReusedError for a
        request id that came before with another body.
        """
        return settling_a_race(lambda: self._issue_virtual_accounts(requests))

    def transfer(self, request: TransferRequest) -> tuple[Transfer, bool]:
        """Move money or refuse, once for each key; return the transfer with whether it is new.

        A refusal is a result like any other: the transfer's state says so. Raises
        AccountNotFoundError when the payer is unknown, KeyReusedError when the key came before
        with another order.
        """
        transfer, new = settling_a_race(lambda: self._transfer(request))
        if new and transfer.payee is not None and transfer.payee.reported:
            self.on_credit()
        return transfer, new

    def _open_accounts(self, requests: Sequence[AccountRequest]) -> tuple[list[Account], bool]:
        numbers = [request.account_number for request in requests]
        with self.database.write() as session:
            house = self._house(session)
            known = _accounts(session, numbers)
            virtual = _virtual_numbers(session, numbers)
            new = False
            for position, request in enumerate(requests):
                account = known.get(request.account_number)
                if account is None and request.account_number not in virtual:
                    known[request.account_number] = self._open(session, house, request)
                    new = True
                elif account is None or account.holder_name != _holder(request.holder_name):
                    raise AccountConflictError(
                        errors={str(position): {"account_number": ["belongs to another holder"]}}
                    )
            return [known[number] for number in numbers], new

    def _issue_virtual_accounts(self, requests: Sequence[VirtualAccountRequest]) -> tuple[list[VirtualAccount], bool]:
        with self.database.write() as session:
            accounts = _accounts(session, {request.account_number for request in requests})
            issued = _issued(session, [request.request_id for request in requests])
            for position, request in enumerate(requests):
                _check_issue(position, request, accounts, issued)
            fresh = {r.request_id: r for r in requests if r.request_id not in issued}
            numbers = self._fresh_numbers(session, len(fresh))
            for request, number in zip(fresh.values(), numbers, strict=True):
                account = accounts[request.account_number]
                account.reported = True
                issued[request.request_id] = virtual = VirtualAccount(
                    number=number,
                    account=account,
                    label=request.label,
                    request_id=request.request_id,
                    issued_at=self.clock.now(),
                )
                session.add(virtual)
            return [issued[request.request_id] for request in requests], bool(fresh)

    def _fresh_numbers(self, session: Session, count: int) -> list[str]:
        numbers: set[str] = set()
        while len(numbers) < count:
            drawn = {self.numbers.virtual_account() for _ in range(count - len(numbers))}
            numbers |= drawn - _virtual_numbers(session, drawn) - _accounts(session, drawn).keys()
        return sorted(numbers)

    def _transfer(self, request: TransferRequest) -> tuple[Transfer, bool]:
        content = vietqr.fold(request.content, CONTENT_MAX)
        with self.database.write() as session:
            payer = session.scalar(select(Account).where(Account.number == request.from_account))
            if payer is None or payer.kind == AccountKind.HOUSE:
                raise AccountNotFoundError(errors={"from_account": ["is not an account here"]})
            target = queries.destination(session, request.to_bank_bin, request.to_account)
            if target is not None and target.account.kind == AccountKind.HOUSE:
                target = None
            locked = {payer.id, target.account.id} if target is not None else {payer.id}
            ledger.lock(session, locked)
            # Looked up under the payer's lock, so that a double submission waits for the first.
            earlier = session.scalar(select(Transfer).where(Transfer.idempotency_key == request.idempotency_key))
            if earlier is not None:
                _check_same(earlier, request, content)
                return earlier, False
            transfer = self._order(payer, target, request, content)
            refusal = self._refusal(session, payer, target, request)
            if refusal is not None or target is None:
                transfer.state, transfer.refusal = TransferState.REFUSED, refusal
                session.add(transfer)
                return transfer, True
            ledger.post(session, transfer, payer, target.account)
            if target.account.reported:
                session.add(self._credit(transfer, payer, target))
            return transfer, True

    def _refusal(
        self,
        session: Session,
        payer: Account,
        target: queries.Destination | None,
        request: TransferRequest,
    ) -> Refusal | None:
        if payer.status == AccountStatus.FROZEN:
            return Refusal.ACCOUNT_FROZEN
        if target is None:
            other = request.to_bank_bin != BANK_BIN
            return Refusal.OTHER_BANK if other else Refusal.UNKNOWN_ACCOUNT
        if target.account.id == payer.id:
            return Refusal.SAME_ACCOUNT
        return self._over_limit(session, payer, request.amount_vnd)

    def _over_limit(self, session: Session, payer: Account, amount_vnd: int) -> Refusal | None:
        if amount_vnd > _first(payer.transfer_limit_vnd, self.transfer_limit_vnd):
            return Refusal.OVER_TRANSFER_LIMIT
        sent_vnd = queries.sent_today_vnd(session, payer.id, self.clock.now())
        if sent_vnd + amount_vnd > _first(payer.daily_limit_vnd, self.daily_limit_vnd):
            return Refusal.OVER_DAILY_LIMIT
        if amount_vnd > payer.balance_vnd:
            return Refusal.INSUFFICIENT_FUNDS
        return None

    def _order(
        self,
        payer: Account,
        target: queries.Destination | None,
        request: TransferRequest,
        content: str,
    ) -> Transfer:
        now = self.clock.now()
        return Transfer(
            bank_ref=self.numbers.bank_ref(now),
            idempotency_key=request.idempotency_key,
            kind=TransferKind.TRANSFER,
            payer=payer,
            payee=target.account if target is not None else None,
            virtual_account_id=(target.virtual_account.id if target and target.virtual_account else None),
            to_bank_bin=request.to_bank_bin,
            to_number=request.to_account,
            amount_vnd=request.amount_vnd,
            content=content,
            made_at=now,
        )

    def _credit(self, transfer: Transfer, payer: Account, target: queries.Destination) -> Credit:
        return Credit(
            id=self.numbers.credit_id(),
            transfer_id=transfer.id,
            bank_ref=transfer.bank_ref,
            account_number=target.account.number,
            virtual_account=target.virtual_account.number if target.virtual_account else None,
            amount_vnd=transfer.amount_vnd,
            content=transfer.content,
            payer_bank_bin=BANK_BIN,
            payer_name=payer.holder_name,
            payer_ref=payer.payer_ref,
            paid_at=transfer.made_at,
        )

    def _house(self, session: Session) -> Account:
        """Return the house's account, locked: it opens with nothing and may owe."""
        house = session.scalar(select(Account).where(Account.kind == AccountKind.HOUSE).with_for_update())
        if house is None:
            house = Account(
                number=HOUSE_NUMBER,
                holder_name="SIMBANK",
                kind=AccountKind.HOUSE,
                status=AccountStatus.ACTIVE,
                balance_vnd=0,
                payer_ref=self.numbers.payer_ref(),
                opened_at=self.clock.now(),
            )
            session.add(house)
            session.flush()
        return house

    def _open(self, session: Session, house: Account, request: AccountRequest) -> Account:
        now = self.clock.now()
        account = Account(
            number=request.account_number,
            holder_name=_holder(request.holder_name),
            kind=AccountKind.CUSTOMER,
            status=request.status,
            balance_vnd=0,
            transfer_limit_vnd=request.transfer_limit_vnd,
            daily_limit_vnd=request.daily_limit_vnd,
            reported=request.reported,
            payer_ref=self.numbers.payer_ref(),
            opened_at=now,
        )
        session.add(account)
        if request.opening_balance_vnd:
            session.flush()
            opening = Transfer(
                bank_ref=self.numbers.bank_ref(now),
                idempotency_key=f"opening:{account.number}",
                kind=TransferKind.OPENING,
                payer=house,
                payee=account,
                to_bank_bin=BANK_BIN,
                to_number=account.number,
                amount_vnd=request.opening_balance_vnd,
                content="MO TAI KHOAN",
                made_at=now,
            )
            ledger.post(session, opening, house, account)
        return account


def _first(own_vnd: int | None, bank_vnd: int) -> int:
    return bank_vnd if own_vnd is None else own_vnd


def _holder(name: str) -> str:
    """Return a name as a bank writes it: capitals without accents."""
    return vietqr.fold(name, HOLDER_NAME_MAX)


def _accounts(session: Session, numbers: Collection[str]) -> dict[str, Account]:
    rows = session.scalars(select(Account).where(Account.number.in_(numbers)))
    return {account.number: account for account in rows}


def _virtual_numbers(session: Session, numbers: Collection[str]) -> set[str]:
    rows = session.scalars(select(VirtualAccount.number).where(VirtualAccount.number.in_(numbers)))
    return set(rows)


def _issued(session: Session, request_ids: Collection[str]) -> dict[str, VirtualAccount]:
    rows = session.scalars(select(VirtualAccount).where(VirtualAccount.request_id.in_(request_ids)))
    return {virtual.request_id: virtual for virtual in rows}


def _check_issue(
    position: int,
    request: VirtualAccountRequest,
    accounts: dict[str, Account],
    issued: dict[str, VirtualAccount],
) -> None:
    account = accounts.get(request.account_number)
    if account is None or account.kind == AccountKind.HOUSE:
        raise AccountNotFoundError(errors={str(position): {"account_number": ["is not an account here"]}})
    earlier = issued.get(request.request_id)
    same = (request.account_number, request.label)
    if earlier is not None and (earlier.account.number, earlier.label) != same:
        raise KeyReusedError(errors={str(position): {"request_id": ["was used before with another body"]}})


def _check_same(earlier: Transfer, request: TransferRequest, content: str) -> None:
    before = (
        earlier.payer.number,
        earlier.to_bank_bin,
        earlier.to_number,
        earlier.amount_vnd,
        earlier.content,
    )
    now = (
        request.from_account,
        request.to_bank_bin,
        request.to_account,
        request.amount_vnd,
        content,
    )
    if before != now:
        raise KeyReusedError
