"""The demo's customers: samples that say so, one for each thing that can happen to a shopper."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from .models import Account, AccountStatus, Customer
from .services import AccountRequest, Bank


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A shopper to be made. Phones begin with 010, which no mobile network has."""

    phone: str
    pin: str
    name: str
    balance_vnd: int
    status: AccountStatus = AccountStatus.ACTIVE
    transfer_limit_vnd: int | None = None
    daily_limit_vnd: int | None = None

    @property
    def account_number(self) -> str:
        """The account number: the bank's 99 before the phone number."""
        return f"99{self.phone}"


SAMPLES = (
    Sample(phone="0100000001", pin="1111", name="KHACH MAU MOT", balance_vnd=5_000_000),
    Sample(phone="0100000002", pin="2222", name="KHACH MAU HAI", balance_vnd=3_200_000),
    Sample(phone="0100000003", pin="3333", name="KHACH MAU BA", balance_vnd=8_450_000),
    Sample(phone="0100000004", pin="4444", name="KHACH MAU CAN TUI", balance_vnd=12_000),
    Sample(
        phone="0100000005",
        pin="5555",
        name="KHACH MAU HAN MUC THAP",
        balance_vnd=2_000_000,
        transfer_limit_vnd=50_000,
        daily_limit_vnd=100_000,
    ),
    Sample(
        phone="0100000006",
        pin="6666",
        name="KHACH MAU BI KHOA",
        balance_vnd=1_500_000,
        status=AccountStatus.FROZEN,
    ),
)


def seed(bank: Bank) -> None:
    """Open the samples' accounts and let them sign in; what is there already stays as it is."""
    with bank.database.read() as session:
        if session.scalar(select(Customer.id).limit(1)) is not None:
            return
    bank.open_accounts(
        [
            AccountRequest(
                account_number=sample.account_number,
                holder_name=sample.name,
                opening_balance_vnd=sample.balance_vnd,
                status=sample.status,
                transfer_limit_vnd=sample.transfer_limit_vnd,
                daily_limit_vnd=sample.daily_limit_vnd,
            )
            for sample in SAMPLES
        ]
    )
    try:
        _add_customers(bank)
    except IntegrityError:
        return  # another process of the bank has just done it


def _add_customers(bank: Bank) -> None:
    with bank.database.write() as session:
        for sample in SAMPLES:
            account = session.scalars(select(Account).where(Account.number == sample.account_number)).one()
            session.add(Customer(phone=sample.phone, pin=sample.pin, account_id=account.id))
