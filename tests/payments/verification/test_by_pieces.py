"""What is divided, and what PostgreSQL looks at by itself, says the same as each payment followed one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Update, delete, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.database import Base, database
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from payments.cash.models import CashSale
from payments.cash.services import note_sale, undo_sale
from payments.gateways.port import ReportedReversal
from payments.recording.models import Correction, Credit, Payment, StallChainHead, StallDay
from payments.recording.queries import payments_after
from payments.recording.recorder import commit
from payments.refunds.services import give_cash_refund, order_refund, undo_cash_refund
from payments.unmatched import services
from payments.verification import messages, stalls
from payments.verification.ranges import ID_MAX, ID_MIN, Range, by_number, by_weight
from payments.verification.report import Report
from payments.verification.services import verify, verify_side_by_side
from payments.verification.stall_chains import follow
from payments.verification.stall_chains_sql import screen
from tests.support.beside import BankBeside
from tests.support.money import CodedStall, coded_stalls, credit, notification, signed, submission, taking_back

ALL = Range(ID_MIN, ID_MAX)
ADMIN = Principal(None, "Lệnh", (Grant(Role.ADMIN, Scope.EVERYWHERE),))
ids = st.integers(1, 200)

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@given(st.sets(ids), st.integers(1, 50), st.data())
def test_ranges_by_weight_hold_every_id_once(some: set[int], most: int, data: st.DataObject) -> None:
    weights = [(one, data.draw(st.integers(1, 60))) for one in sorted(some)]
    found = list(by_weight(weights, most))
    assert (found[0].after, found[-1].last) == (ID_MIN, ID_MAX)
    assert all(left.last == right.after for left, right in pairwise(found))
    for one in found:
        inside = [weight for place, weight in weights if one.after < place <= one.last]
        assert sum(inside) <= most or len(inside) == 1


@given(ids, ids, st.integers(1, 50))
def test_ranges_by_number_hold_every_id_once(first: int, last: int, most: int) -> None:
    found = list(by_number(first, last, most))
    assert (found[0].after, found[-1].last) == (ID_MIN, ID_MAX)
    assert all(left.last == right.after for left, right in pairwise(found))
    assert all(min(one.last, last) - max(one.after, first - 1) <= most for one in found)


def test_messages_far_apart_are_few_pieces(app: Flask) -> None:
    with database().writing() as session:
        for row_id in (1, 2**60):
            session.execute(
                text(
                    "INSERT INTO gateway_messages (id, gateway, message_id, digest, received_at, received_day, body) "
                    "VALUES (:id, 'simbank', 'm', :digest, '2026-11-23 00:00:00', '2026-11-23', :digest)"
                ),
                {"id": row_id, "digest": row_id.to_bytes(32, "big")},
            )
        assert len(list(messages.pieces(session))) <= messages.PIECES_MAX + 2


@pytest.fixture
def busy(simulated_bank: BankBeside) -> CodedStall:
    """A stall that everything happened to, and another that took nothing but money."""
    stall, other = coded_stalls(2)
    for _ in range(2):
        simulated_bank.pay(simulated_bank.keep(stall), 50_000)
    simulated_bank.deliver()
    vendor = Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))
    bare = credit(stall, payer_name=None, payer_bank_bin=None, bank_bin=None, content="")
    accented = credit(stall, content="Trả tiền rau: 5 bó 🥬", payer_name="NGUYỄN THỊ MẪU", payer_ref="", amount_vnd=7)
    commit(database(), [submission(bare, accented, *(credit(one) for one in (stall, other) for _ in range(4)))])
    undo_sale(vendor, stall.code, note_sale(vendor, stall.code, 20_000, "mistaken").sale.id)
    note_sale(vendor, stall.code, 5_000, "right")
    with database().reading() as session:
        first, second = payments_after(session, stall.id, 0, 2)
    order_refund(vendor, first.id, 10_000, "tra lai", "k1")
    give_cash_refund(vendor, first.id, 1_000, "tap 1")
    undo_cash_refund(vendor, give_cash_refund(vendor, second.id, 2_000, "tap 2").id)
    took_back = ReportedReversal("rv-1", bare.external_id, "FT1", 50_000, "NHAM", clock.now())
    commit(database(), [taking_back(took_back)])
    assign_and_take_back(stall)
    return stall


def assign_and_take_back(stall: CodedStall) -> None:
    commit(database(), [submission(credit(external_id="stray"))])
    with database().reading() as session:
        credit_id = session.scalars(select(Credit.id).where(Credit.external_id == "stray")).one()
    payment = services.assign(ADMIN, credit_id, stall.code, "nham")
    services.unassign(ADMIN, payment.id, "khong phai")


def of_third(model: type[Base], **values: object) -> Callable[[int], Update]:
    """Change the stall's third payment, or its credit."""

    def made(stall_id: int) -> Update:
        third = (Payment.stall_id == stall_id) & (Payment.receipt_number == 3)
        if model is Credit:
            return update(Credit).where(Credit.id.in_(select(Payment.credit_id).where(third))).values(**values)
        return update(model).where(third).values(**values)

    return made


def of_stall(model: type[Base], **values: object) -> Callable[[int], Update]:
    return lambda stall_id: update(model).where(model.stall_id == stall_id).values(**values)


OTHER = b"\1" * 32
SPOILED: dict[str, Callable[[int], object]] = {
    **{
        f"credit: {name} {value!r}": of_third(Credit, **{name: value})
        for name, value in [
            ("gateway", "sepay"),
            ("external_id", "another"),
            ("bank_ref", "another"),
            ("bank_bin", "970436"),
            ("account_number", "1"),
            ("virtual_account", None),
            ("virtual_account", ""),
            ("content", "another"),
            ("payer_bank_bin", "970436"),
            ("payer_name", "KHACH KHAC"),
            ("payer_ref", ""),
            ("digest", OTHER),
        ]
    },
    "credit: amount": of_third(Credit, amount_vnd=Credit.amount_vnd + 1),
    "credit: a microsecond": of_third(Credit, paid_at=clock.now()),
    **{
        f"payment: {name}": of_third(Payment, **{name: value})
        for name, value in [
            ("amount_vnd", 50_001),
            ("receipt_number", 99),
            ("paid_at", clock.now()),
            ("market_day", clock.today() - timedelta(days=3)),
            ("recorded_at", clock.now()),
            ("digest", OTHER),
        ]
    },
    "payment: stall": lambda stall_id: of_third(Payment, stall_id=stall_id + 1, receipt_number=99)(stall_id),
    "payment: gone": lambda stall_id: delete(Payment).where(Payment.stall_id == stall_id, Payment.receipt_number == 5),
    "chain head: number": of_stall(StallChainHead, last_receipt_number=StallChainHead.last_receipt_number - 1),
    "chain head: digest": of_stall(StallChainHead, last_digest=OTHER),
    "chain head: gone": lambda stall_id: delete(StallChainHead).where(StallChainHead.stall_id == stall_id),
    **{
        f"day: {kind}_{what}": of_stall(StallDay, **{f"{kind}_{what}": getattr(StallDay, f"{kind}_{what}") + 1})
        for kind in ("payments", "cash", "refunds", "reversals", "cash_refund")
        for what in ("count", "vnd")
    },
    "day: gone": lambda stall_id: delete(StallDay).where(StallDay.stall_id == stall_id),
    "cash: amount": of_stall(CashSale, amount_vnd=CashSale.amount_vnd + 1),
    "cash: taken back again": of_stall(CashSale, undoes_id=None),
    "correction: amount": of_stall(Correction, amount_vnd=Correction.amount_vnd + 1),
    "correction: another day": of_stall(Correction, market_day=clock.today() - timedelta(days=3)),
    **{
        f"correction: no {kind}": lambda stall_id, kind=kind: (
            update(Correction).where(Correction.stall_id == stall_id, Correction.kind == kind).values(kind="nothing")
        )
        for kind in ("unassignment", "refund", "reversal", "cash_refund", "cash_refund_undone")
    },
}


def unsound(session: Session) -> dict[int, bool]:
    """Of each stall that PostgreSQL looked at: whether something is wrong with it."""
    return {one.stall_id: not one.sound for one in screen(session, ALL)}


def followed(session: Session, stall_id: int) -> list[str]:
    report = Report()
    follow(session, report, Range(stall_id - 1, stall_id))
    return report.findings


@on_postgresql
def test_what_is_sound_need_not_be_followed(busy: CodedStall) -> None:
    assert verify(database()).findings == []
    with database().reading() as session:
        assert unsound(session) == {busy.id: False, busy.id + 1: False}
        one = next(screen(session, ALL))
        followed_ = Report()
        follow(session, followed_, Range(busy.id - 1, busy.id))
    assert (one.payments, one.payments_vnd) == (followed_.payments, followed_.payments_vnd)
    assert one.payments > 8


@on_postgresql
def test_each_way_to_spoil_a_stall_is_seen_by_both(busy: CodedStall) -> None:
    missed = []
    for name, spoil in SPOILED.items():
        with database().reading() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(spoil(busy.id))
            seen, told = unsound(session), followed(session, busy.id)
            if not (seen[busy.id] and told):
                missed.append((name, seen, told))
            session.rollback()
    assert missed == []


@pytest.mark.parametrize(
    "name", ["credit: content 'another'", "payment: digest", "day: cash_vnd", "chain head: digest"]
)
def test_both_databases_tell_it_in_the_same_words(busy: CodedStall, name: str) -> None:
    with database().writing() as session:
        session.execute(SPOILED[name](busy.id))
    with database().reading() as session:
        told, report = followed(session, busy.id), Report()
        stalls.check(session, report, ALL)
    assert told
    assert report.findings == told


def test_many_small_pieces_in_processes_say_the_same_as_one(
    app: Flask, busy: CodedStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    for _ in range(3):
        body = notification(credit(busy), credit(busy))
        assert client.post("/gateways/simbank/notifications", data=body, headers=signed(body)).status_code == 200
    with database().writing() as session:
        days = session.execute(update(StallDay).values(cash_vnd=StallDay.cash_vnd + 1)).rowcount
        session.execute(text("UPDATE gateway_messages SET digest = body"))
    whole = verify(database())
    assert (whole.stalls, whole.messages > 3, whole.broken) == (2, True, whole.messages + days)
    monkeypatch.setattr(stalls, "PAYMENTS_AT_ONCE", 1)
    monkeypatch.setattr(stalls, "PIECES", 1_000)
    monkeypatch.setattr(messages, "MESSAGES_AT_ONCE", 1)
    heard: list[tuple[int, int]] = []
    assert verify_side_by_side(database(), lambda done, of: heard.append((done, of))) == whole
    assert [done for done, _of in heard] == list(range(1, heard[0][1] + 1))
    assert len(heard) > whole.messages + whole.stalls
