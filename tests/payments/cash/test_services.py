from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text

from core import clock
from core.database import database
from core.errors import Forbidden, NotFound
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from payments.cash.errors import AlreadyNoted, NotedAndUndone, StallNotInOperation, TooLateToUndo
from payments.cash.models import CashSale
from payments.cash.queries import sales_of_day
from payments.cash.services import Noted, note_sale, undo_sale
from payments.recording.models import StallDay
from payments.recording.recorder import commit
from payments.verification.services import verify
from tests.support.money import PAID_AT, CodedStall, coded_stalls, credit, submission


@pytest.fixture
def stall(app: Flask) -> CodedStall:
    return coded_stalls(1)[0]


@pytest.fixture
def vendor(stall: CodedStall) -> Principal:
    return vendor_of(stall)


def vendor_of(stall: CodedStall) -> Principal:
    return Principal(None, "Tiểu Thương Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))


def cash_of(stall: CodedStall) -> tuple[int, int]:
    """The count and the sum of the stall's only day."""
    with database().reading() as session:
        return tuple(session.execute(select(StallDay.cash_count, StallDay.cash_vnd)).one())


def rows() -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(CashSale)) or 0


def test_a_sale_is_noted_and_counts_today(stall: CodedStall, vendor: Principal) -> None:
    noted = note_sale(vendor, stall.code, 20_000, "first")
    assert noted.fresh
    assert noted.sale.market_day == clock.today()
    assert cash_of(stall) == (1, 20_000)
    assert verify(database()).findings == []


def test_sales_add_up_beside_the_payments_of_the_day(stall: CodedStall, vendor: Principal) -> None:
    commit(database(), [submission(credit(stall, paid_at=clock.now()))])
    note_sale(vendor, stall.code, 20_000, "first")
    note_sale(vendor, stall.code, 5_000, "second")
    with database().reading() as session:
        day = session.scalars(select(StallDay)).one()
    assert (day.payments_count, day.payments_vnd, day.cash_count, day.cash_vnd) == (1, 50_000, 2, 25_000)
    assert verify(database()).findings == []


def test_a_double_tap_notes_one_sale(stall: CodedStall, vendor: Principal) -> None:
    first = note_sale(vendor, stall.code, 20_000, "same page")
    again = note_sale(vendor, stall.code, 20_000, "same page")
    assert (again.fresh, again.sale.id) == (False, first.sale.id)
    assert cash_of(stall) == (1, 20_000)


def test_taps_of_one_page_at_the_same_moment_note_one_sale(app: Flask, stall: CodedStall, vendor: Principal) -> None:
    fresh = []

    def tap() -> None:
        with app.app_context():
            fresh.append(note_sale(vendor, stall.code, 20_000, "same page").fresh)

    together(*[tap] * 6)
    assert sorted(fresh) == [False] * 5 + [True]
    assert cash_of(stall) == (1, 20_000)


def test_one_page_notes_no_second_amount(stall: CodedStall, vendor: Principal) -> None:
    note_sale(vendor, stall.code, 20_000, "same page")
    with pytest.raises(AlreadyNoted):
        note_sale(vendor, stall.code, 50_000, "same page")
    assert cash_of(stall) == (1, 20_000)


def test_two_stalls_may_use_the_same_key(app: Flask) -> None:
    for stall in coded_stalls(2):
        assert note_sale(vendor_of(stall), stall.code, 20_000, "same key").fresh


def test_a_sale_is_taken_back_by_a_row_of_its_own(stall: CodedStall, vendor: Principal) -> None:
    sale = note_sale(vendor, stall.code, 20_000, "mistaken").sale
    note_sale(vendor, stall.code, 5_000, "right")
    undo = undo_sale(vendor, stall.code, sale.id)
    assert (undo.fresh, undo.sale.undoes_id) == (True, sale.id)
    assert (rows(), cash_of(stall)) == (3, (1, 5_000))
    assert verify(database()).findings == []
    with database().reading() as session:
        day = sales_of_day(session, stall.id, clock.today())
    assert [(one.amount_vnd, one.taken_back) for one in day] == [(5_000, False), (20_000, True)]


def test_taking_back_twice_takes_back_once(stall: CodedStall, vendor: Principal) -> None:
    sale = note_sale(vendor, stall.code, 20_000, "mistaken").sale
    undo_sale(vendor, stall.code, sale.id)
    assert not undo_sale(vendor, stall.code, sale.id).fresh
    assert (rows(), cash_of(stall)) == (2, (0, 0))


def test_cash_and_payments_at_the_same_moment_do_not_wait_for_each_other_in_a_ring(
    app: Flask, stall: CodedStall, vendor: Principal
) -> None:
    def note(hand: int) -> None:
        with app.app_context():
            for n in range(6):
                sale = note_sale(vendor, stall.code, 1_000, f"{hand} {n}").sale
                if n % 2:
                    undo_sale(vendor, stall.code, sale.id)

    def pay() -> None:
        with app.app_context():
            for _ in range(12):
                commit(database(), [submission(credit(stall, paid_at=clock.now()))])

    together(lambda: note(1), lambda: note(2), pay, pay)
    assert cash_of(stall) == (6, 6_000)
    report = verify(database())
    assert (report.findings, report.payments) == ([], 24)


def test_an_undo_cannot_be_taken_back(stall: CodedStall, vendor: Principal) -> None:
    sale = note_sale(vendor, stall.code, 20_000, "mistaken").sale
    undo = undo_sale(vendor, stall.code, sale.id).sale
    with pytest.raises(NotFound):
        undo_sale(vendor, stall.code, undo.id)


def test_yesterdays_sale_cannot_be_taken_back(stall: CodedStall, vendor: Principal) -> None:
    with time_machine.travel(PAID_AT, tick=False):
        sale = note_sale(vendor, stall.code, 20_000, "yesterday").sale
    with time_machine.travel(PAID_AT + timedelta(days=1), tick=False), pytest.raises(TooLateToUndo):
        undo_sale(vendor, stall.code, sale.id)
    assert rows() == 1


def test_another_stalls_sale_is_not_found(app: Flask) -> None:
    mine, other = coded_stalls(2)
    sale = note_sale(vendor_of(other), other.code, 20_000, "theirs").sale
    with pytest.raises(NotFound):
        undo_sale(vendor_of(mine), mine.code, sale.id)


def test_another_stalls_vendor_finds_nothing_to_note_for(app: Flask) -> None:
    mine, other = coded_stalls(2)
    with pytest.raises(NotFound):
        note_sale(vendor_of(mine), other.code, 20_000, "theirs")
    assert rows() == 0


def test_the_board_notes_no_cash(stall: CodedStall) -> None:
    board = Principal(None, "Đăng Ký", (Grant(Role.REGISTRAR, Scope.MARKET, stall.market_id),))
    with pytest.raises(Forbidden):
        note_sale(board, stall.code, 20_000, "board")


@pytest.mark.parametrize("status", ["pending", "suspended", "closed"])
def test_a_stall_that_does_not_trade_notes_no_cash(stall: CodedStall, vendor: Principal, status: str) -> None:
    with database().writing() as session:
        session.execute(text("UPDATE stalls SET status = :status"), {"status": status})
    with pytest.raises(StallNotInOperation):
        note_sale(vendor, stall.code, 20_000, "closed")


@pytest.mark.parametrize(
    "spoiled",
    ["amount_vnd = 1000", "market_day = '2026-01-01'", "stall_id = (SELECT max(id) FROM stalls)"],
)
def test_an_undo_that_does_not_fit_its_sale_is_found(app: Flask, spoiled: str) -> None:
    stall, _other = coded_stalls(2)
    sale = note_sale(vendor_of(stall), stall.code, 20_000, "mistaken").sale
    undo_sale(vendor_of(stall), stall.code, sale.id)
    with database().writing() as session:
        session.execute(text(f"UPDATE cash_sales SET {spoiled} WHERE undoes_id IS NOT NULL"))
    assert any("does not fit it" in finding for finding in verify(database()).findings)


def together(*calls: object) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_a_sale_that_was_taken_back_does_not_stand_and_is_not_noted_again(stall: CodedStall, vendor: Principal) -> None:
    sale = note_sale(vendor, stall.code, 20_000, "same page").sale
    undo_sale(vendor, stall.code, sale.id)
    with pytest.raises(NotedAndUndone):
        note_sale(vendor, stall.code, 20_000, "same page")
    assert cash_of(stall) == (0, 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True, ids=["where a deadlock can be"])
def test_a_sale_whose_transaction_the_database_breaks_is_noted_all_the_same(
    app: Flask, stall: CodedStall, vendor: Principal
) -> None:
    note_sale(vendor, stall.code, 5_000, "before")
    with ThreadPoolExecutor(1) as threads, database().writing() as session:
        # The other way about than everybody: the day first. The sale waits first, so it is the one that is broken.
        session.execute(text("SELECT * FROM stall_days FOR UPDATE"))
        tapped = threads.submit(_in_context, app, lambda: note_sale(vendor, stall.code, 20_000, "tap"))
        _wait_until_somebody_waits()
        session.execute(text("SELECT * FROM stall_chain_heads FOR UPDATE"))
        session.commit()
        assert tapped.result().fresh
    assert cash_of(stall) == (2, 25_000)
    with database().reading() as session:
        broken = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert session.scalar(text(broken)) == 1


def _in_context(app: Flask, call: Callable[[], Noted]) -> Noted:
    with app.app_context():
        return call()


def _wait_until_somebody_waits() -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
    for _ in range(200):
        with database().reading() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
