"""Stalls with codes, and a bank's signed messages, for tests of what money does."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from core import clock
from core.database import database
from core.settings import DEMO_WEBHOOK_SECRET
from market.areas.models import Area
from market.markets.models import Market
from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.recording.chain import first_digest
from payments.recording.ingest import Message, Submission
from payments.recording.models import StallChainHead
from vendors.codes.models import PaymentCode, PaymentReference
from vendors.codes.reference import with_check
from vendors.stalls.models import SettlementAccount, Stall, StallOperation, Vendor

PAID_AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class CodedStall:
    """A stall that can take money: what a test needs to know of it."""

    id: int
    code: str
    market_id: int
    virtual_account: str
    reference: str
    account_number: str


def coded_stalls(count: int, *, begun: bool = True) -> list[CodedStall]:
    """Stalls in operation with live codes, all in one new market.

    Their chain heads are begun, as they are from the first payment on: what books the usual ones books these.
    """
    with database().writing() as session:
        market = _market(session)
        stalls = [_stall(session, market, number) for number in range(1, count + 1)]
        if begun:
            chains = ((stall.id, stall.market_id, first_digest(stall.id)) for stall in stalls)
            session.add_all(StallChainHead(stall_id=a, market_id=b, last_digest=c) for a, b, c in chains)
        return stalls


def _market(session: Session) -> Market:
    n = next(_numbers)
    area = Area(code=f"{90_000 + n}", valid_from=date(2025, 7, 1), level="commune", name="Xã Mẫu", search_key="xa mau")
    market = Market(code=f"ZZ{n:02d}", name="Chợ Mẫu", search_key="cho mau", commune=area, created_at=clock.now())
    session.add(market)
    session.flush()
    return market


def _stall(session: Session, market: Market, number: int) -> CodedStall:
    moment, day = clock.now(), date(2026, 1, 1)
    stall = Stall(
        market_id=market.id,
        number=f"A{number:03d}",
        code=f"{market.code}-A{number:03d}",
        vendor=Vendor(name="Trần Thị Mẫu", phone="0900000000", created_at=moment),
        goods_line="rau củ",
        status="active",
        registered_at=moment,
        registered_by_name="test",
        approved_at=moment,
    )
    session.add(stall)
    session.flush()
    account_number = f"{market.id:05d}{number:07d}"
    account = SettlementAccount(
        stall_id=stall.id,
        bank_bin="970499",
        account_number=account_number,
        holder_name="TRAN THI MAU",
        status="current",
        name_check="match",
        proposed_at=moment,
    )
    session.add(account)
    session.flush()
    reference = with_check(f"C4{stall.id:07d}")
    virtual_account = f"SB40{stall.id:08d}"
    give_reference(session, reference, stall, "code")
    session.add(
        PaymentCode(
            stall_id=stall.id,
            market_id=market.id,
            version=1,
            reference=reference,
            gateway="simbank",
            virtual_account=virtual_account,
            settlement_account_id=account.id,
            bank_bin="970499",
            account_number=virtual_account,
            payload="-",
            issued_at=moment,
            from_day=day,
        )
    )
    session.add(StallOperation(stall_id=stall.id, market_id=market.id, from_day=day))
    return CodedStall(stall.id, stall.code, market.id, virtual_account, reference, account_number)


def give_reference(session: Session, reference: str, stall: Stall, kind: str) -> None:
    """Have a reference of a test's own choice be a stall's, for a code or a request that it makes by itself."""
    session.add(PaymentReference(reference=reference, stall_id=stall.id, market_id=stall.market_id, kind=kind))
    session.flush()


def credit(stall: CodedStall | None = None, **changes: Any) -> ReportedCredit:
    """A credit for a stall by its virtual account, or for nobody."""
    facts: dict[str, Any] = {
        "external_id": uuid.uuid4().hex,
        "bank_ref": "FT26327000000001",
        "account_number": stall.account_number if stall else "0000000000",
        "virtual_account": stall.virtual_account if stall else None,
        "amount_vnd": 50_000,
        "content": "chuyen tien",
        "paid_at": PAID_AT,
        "bank_bin": "970499",
        "payer_bank_bin": "970436",
        "payer_name": "KHACH MAU",
    }
    return ReportedCredit(**(facts | changes))


def strays(session: Session, stall_id: int, named_id: int, count: int) -> list[ReportedCredit]:
    """Credits to one stall's account whose texts name another stall: they wait for a person."""
    account = select(SettlementAccount.account_number).where(SettlementAccount.stall_id == stall_id)
    reference = select(PaymentCode.reference).where(PaymentCode.stall_id == named_id)
    where = {"account_number": session.scalars(account).one(), "content": session.scalars(reference).one()}
    return [credit(**where) for _ in range(count)]


def submission(*credits_: ReportedCredit) -> Submission:
    """Credits as the simulated bank hands them over, without a message."""
    return Submission("simbank", credits_)


def taking_back(*reversals: ReportedReversal) -> Submission:
    """Reversals as the simulated bank tells them, with the message that does."""
    records = [
        {
            "id": one.external_id,
            "credit_id": one.credit_external_id,
            "bank_ref": one.bank_ref,
            "amount_vnd": one.amount_vnd,
            "currency": "VND",
            "reason": one.reason,
            "booked_at": one.booked_at.isoformat(),
        }
        for one in reversals
    ]
    body = {"type": "credits.reversed", "timestamp": PAID_AT.isoformat(), "data": {"reversals": records}}
    return Submission("simbank", (), Message(f"msg_{uuid.uuid4().hex}", orjson.dumps(body)), reversals)


def notification(*credits_: ReportedCredit, **envelope: Any) -> bytes:
    """The body of a message of the simulated bank."""
    records = [
        {
            "id": one.external_id,
            "bank_ref": one.bank_ref,
            "account_number": one.account_number,
            "virtual_account": one.virtual_account,
            "amount_vnd": one.amount_vnd,
            "currency": "VND",
            "content": one.content,
            "payer_bank_bin": one.payer_bank_bin,
            "payer_name": one.payer_name,
            "payer_ref": one.payer_ref,
            "paid_at": one.paid_at.isoformat(),
        }
        for one in credits_
    ]
    body = {"type": "credits.received", "timestamp": PAID_AT.isoformat(), "data": {"credits": records}}
    return orjson.dumps(body | envelope)


def signed(body: bytes, *, at: datetime | None = None, secret: str = DEMO_WEBHOOK_SECRET) -> dict[str, str]:
    """The headers that prove a body."""
    moment, message_id = at or clock.now(), f"msg_{uuid.uuid4().hex}"
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }
