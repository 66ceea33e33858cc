from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.database import database
from payments.container import recorder
from payments.gateways.errors import NotDurable
from payments.gateways.port import Recorded, ReportedCredit
from payments.recording import rows
from payments.recording.ingest import Submission
from payments.recording.models import Credit, Payment, StallChainHead, StallDay, UnmatchedCredit
from payments.recording.recorder import WRITERS, commit
from payments.verification.services import verify
from tests.support.money import PAID_AT, CodedStall, coded_stalls, credit, submission

CONTENTS: list[Callable[[CodedStall], str]] = [
    lambda _stall: "",
    lambda _stall: "Trả tiền rau: 5 bó 🥬",
    lambda stall: f"MBVCB.1.{stall.reference.lower()} tra tien",
]


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def receipt_numbers(stall_id: int) -> list[int]:
    with database().reading() as session:
        return list(
            session.scalars(
                select(Payment.receipt_number).where(Payment.stall_id == stall_id).order_by(Payment.receipt_number)
            )
        )


def test_a_credit_becomes_the_stalls_first_payment(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    assert recorder().record(submission(credit(stall))) == Recorded(1, 0, 0)
    assert receipt_numbers(stall.id) == [1]
    assert verify(database()).sound


def test_a_repeated_credit_counts_once(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    once = submission(credit(stall))
    recorder().record(once)
    assert recorder().record(once) == Recorded(0, 1, 0)
    assert count(Payment) == 1


def test_a_credit_that_stands_twice_in_one_message_counts_once(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(stall)
    assert recorder().record(submission(one, one)) == Recorded(1, 1, 0)
    assert count(Credit) == 1


def test_the_same_credit_from_two_senders_in_one_group_is_new_for_the_first_alone(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(stall)
    outcomes = commit(database(), [submission(one), submission(one)])
    assert outcomes == [Recorded(1, 0, 0), Recorded(0, 1, 0)]


def test_the_same_id_of_another_gateway_is_another_credit(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(stall)
    commit(database(), [Submission("simbank", (one,)), Submission("synthetic", (one,))])
    assert count(Credit) == 2


def test_a_repeat_that_says_another_amount_changes_nothing(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(stall, amount_vnd=50_000)
    recorder().record(submission(one))
    assert recorder().record(submission(replace(one, amount_vnd=90_000))) == Recorded(0, 1, 0)
    with database().reading() as session:
        assert session.scalar(select(Payment.amount_vnd)) == 50_000


def test_receipt_numbers_follow_the_order_of_arrival_without_a_gap(app: Flask) -> None:
    first, second = coded_stalls(2)
    recorder().record(submission(credit(first), credit(second), credit(first)))
    recorder().record(submission(credit(second), credit(first)))
    assert receipt_numbers(first.id) == [1, 2, 3]
    assert receipt_numbers(second.id) == [1, 2]
    assert verify(database()).sound


def test_a_late_credit_counts_on_the_day_it_was_paid(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    late = credit(stall, paid_at=PAID_AT - timedelta(days=3), amount_vnd=7_000)
    recorder().record(submission(credit(stall), late))
    with database().reading() as session:
        days = {day.market_day.isoformat(): day.payments_vnd for day in session.scalars(select(StallDay))}
    assert days == {"2026-11-23": 50_000, "2026-11-20": 7_000}
    assert verify(database()).sound


def test_the_market_day_turns_at_midnight_in_vietnam(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    before = credit(stall, paid_at=PAID_AT.replace(hour=16, minute=59))
    after = credit(stall, paid_at=PAID_AT.replace(hour=17, minute=0))
    recorder().record(submission(before, after))
    with database().reading() as session:
        days = [day.isoformat() for day in session.scalars(select(Payment.market_day).order_by(Payment.receipt_number))]
    assert days == ["2026-11-23", "2026-11-24"]


def test_a_credit_for_nobody_waits_on_the_work_list(app: Flask) -> None:
    assert recorder().record(submission(credit())) == Recorded(1, 0, 1)
    assert count(UnmatchedCredit) == 1
    assert count(Payment) == 0
    assert verify(database()).sound


def test_an_empty_submission_records_nothing(app: Flask) -> None:
    assert recorder().record(submission()) == Recorded(0, 0, 0)


def test_many_senders_at_once_lose_and_double_nothing(app: Flask) -> None:
    stalls = coded_stalls(3)
    all_credits = [credit(stalls[n % 3]) for n in range(120)]

    def send(mine: int) -> None:
        # Every credit is sent by two of the senders, in another order by each.
        share = all_credits[mine // 2 :: 4]
        with app.app_context():
            for one in share if mine % 2 else reversed(share):
                recorder().record(submission(one))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert count(Credit) == 120
    assert sum(len(receipt_numbers(stall.id)) for stall in stalls) == 120
    assert verify(database()).sound


def test_two_recorders_on_one_database_number_without_a_gap(app: Flask) -> None:
    stalls = coded_stalls(4)
    batches = [[credit(stall) for stall in stalls for _ in range(5)] for _ in range(8)]

    def write(batch: list) -> None:
        with app.app_context():
            commit(database(), [submission(*batch)])

    threads = [
        threading.Thread(target=write, args=(batch if n % 2 else batch[::-1],)) for n, batch in enumerate(batches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for stall in stalls:
        assert receipt_numbers(stall.id) == list(range(1, 41))
    assert verify(database()).sound


def test_one_credit_that_the_database_refuses_does_not_take_its_neighbours_down(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    good, bad = credit(stall), credit(stall, amount_vnd=500_000_000)
    results: dict[str, object] = {}

    def send(name: str, one: object) -> None:
        with app.app_context():
            try:
                results[name] = recorder().record(submission(one))
            except NotDurable as error:
                results[name] = type(error).__name__

    threads = [threading.Thread(target=send, args=pair) for pair in (("good", good), ("bad", bad))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {"good": Recorded(1, 0, 0), "bad": "NotDurable"}
    assert count(Payment) == 1


def test_a_credit_that_breaks_the_recorder_itself_does_not_take_its_neighbours_down(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    results: dict[str, object] = {}
    held = threading.Event()
    recorder().on_recorded(lambda: held.wait(2))

    def send(name: str, one: ReportedCredit) -> None:
        with app.app_context():
            try:
                results[name] = recorder().record(submission(one))
            except NotDurable as error:
                results[name] = type(error).__name__

    # While the first group is held after its commit, the others gather in one.
    pairs = [("first", credit(stall)), ("good", credit(stall)), ("bad", credit(stall, amount_vnd=2**70))]
    threads = [threading.Thread(target=send, args=pair) for pair in pairs]
    threads[0].start()
    time.sleep(0.5)
    for thread in threads[1:]:
        thread.start()
    time.sleep(0.5)
    held.set()
    for thread in threads:
        thread.join(60)
    assert results == {"first": Recorded(1, 0, 0), "good": Recorded(1, 0, 0), "bad": "NotDurable"}


def test_its_writers_end_when_it_is_closed_and_others_begin_when_more_comes(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    before = set(threading.enumerate())
    recorder().record(submission(credit(stall)))
    writers = set(threading.enumerate()) - before
    assert len(writers) == (1 if database().is_sqlite else WRITERS)
    recorder().close()
    for writer in writers:
        writer.join(10)
        assert not writer.is_alive()
    assert recorder().record(submission(credit(stall))) == Recorded(1, 0, 0)


def test_what_was_handed_over_before_it_was_closed_is_recorded(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    with ThreadPoolExecutor(8) as senders:
        sent = [senders.submit(recorder().record, submission(credit(stall))) for _ in range(8)]
        recorder().close()
        assert [one.result() for one in sent] == [Recorded(1, 0, 0)] * 8


def test_listeners_hear_of_a_commit(app: Flask) -> None:
    heard = threading.Event()
    recorder().on_recorded(heard.set)
    recorder().record(submission(credit()))
    assert heard.wait(5)


@pytest.mark.parametrize("table", [Payment, Credit, StallChainHead, StallDay])
def test_nothing_is_left_behind_when_the_transaction_fails(app: Flask, table: type) -> None:
    (stall,) = coded_stalls(1, begun=False)
    with pytest.raises(Exception, match="amount_in_range"):
        commit(database(), [submission(credit(stall), credit(stall, amount_vnd=0))])
    assert count(table) == 0


def booked(stall_id: int) -> list[tuple[int, int]]:
    """A stall's payments as receipt numbers with amounts."""
    columns = select(Payment.receipt_number, Payment.amount_vnd).order_by(Payment.receipt_number)
    with database().reading() as session:
        return [
            (number, amount_vnd) for number, amount_vnd in session.execute(columns.where(Payment.stall_id == stall_id))
        ]


@pytest.mark.parametrize("begun", [True, False])
def test_receipts_follow_the_order_of_arrival(app: Flask, begun: bool) -> None:
    stalls = coded_stalls(3, begun=begun)
    told = [credit(stalls[turn % 3], external_id=f"cr-{99 - turn}", amount_vnd=1_000 + turn) for turn in range(12)]
    late = PAID_AT - timedelta(days=1)
    told.append(credit(stalls[0], amount_vnd=7, paid_at=late))
    assert commit(database(), [submission(*told[:5]), submission(*told[5:], told[0])]) == [
        Recorded(5, 0, 0),
        Recorded(8, 1, 0),
    ]
    assert booked(stalls[0].id) == [(1, 1_000), (2, 1_003), (3, 1_006), (4, 1_009), (5, 7)]
    assert booked(stalls[2].id) == [(1, 1_002), (2, 1_005), (3, 1_008), (4, 1_011)]
    with database().reading() as session:
        day = session.get_one(StallDay, (stalls[0].id, late.date()))
        assert (day.payments_count, day.payments_vnd) == (1, 7)
    assert commit(database(), [submission(credit(stalls[0], amount_vnd=8))]) == [Recorded(1, 0, 0)]
    assert booked(stalls[0].id)[-1] == (6, 8)
    assert verify(database()).sound


@pytest.mark.parametrize("kind", ["unknown", "names another", "first of its stall"])
def test_one_that_is_not_usual_changes_nothing_for_its_neighbours(app: Flask, kind: str) -> None:
    usual, other = coded_stalls(2)
    (new,) = coded_stalls(1, begun=False)
    odd, matched = {
        "unknown": (credit(), False),
        "names another": (credit(usual, content=f"tra {other.reference}", amount_vnd=3), True),
        "first of its stall": (credit(new), True),
    }[kind]
    told = [credit(usual, amount_vnd=1), odd, credit(usual, amount_vnd=2), credit(other, content=other.reference)]
    assert commit(database(), [submission(*told)]) == [Recorded(4, 0, 0 if matched else 1)]
    amounts = [amount_vnd for _number, amount_vnd in booked(usual.id)]
    assert amounts == ([1, 3, 2] if kind == "names another" else [1, 2])
    assert verify(database()).sound


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_usual_ones_take_one_statement(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stalls = coded_stalls(3)
    for name in ("LOCKING", "WRITING"):
        monkeypatch.setattr(rows.postgres, name, None)
    told = [credit(stall, content=content(stall)) for stall in stalls for content in CONTENTS]
    assert commit(database(), [submission(*told)]) == [Recorded(len(told), 0, 0)]
    assert verify(database()).payments == len(told)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_whose_prepared_statements_were_taken_away_goes_on(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    commit(database(), [submission(credit(stall))])
    with database().engine.connect() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")
    assert commit(database(), [submission(credit(stall))])[0].recorded == 1
    assert verify(database()).payments == 2
